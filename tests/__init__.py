"""Tests; the folders mirror the house."""
