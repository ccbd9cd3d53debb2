"""A TCP proxy that can swallow the server's answers and then cut the line."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Proxy:
    """
    Pass bytes between clients and one server, until told to swallow the answers.

    Parameters
    ----------
    port
        Of the server, on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._swallowing = threading.Event()
        self._swallowed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @contextmanager
    def answers_lost(self) -> Iterator[None]:
        """Let the next answer vanish, and cut the line in its place."""
        self._swallowing.set()
        try:
            yield
            assert self._swallowed.is_set(), "the server was never asked"
        finally:
            self._swallowing.clear()
            self._swallowed.clear()

    def close(self) -> None:
        """Stop listening and cut all lines."""
        self._listener.close()
        for end in self._sockets:
            cut(end)

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                self._sockets += [client, server]
                threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
        cut(server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if self._swallowing.is_set():
                    self._swallowed.set()
                    break
                client.sendall(data)
        cut(client)


def cut(end: socket.socket) -> None:
    """Close one end of a line, whoever is using it."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
