"""Reading a community's spreadsheets."""
