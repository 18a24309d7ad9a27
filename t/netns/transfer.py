# SPDX-License-Identifier: GPL-2.0-or-later
"""transfer.py CLIENT-NETNS SERVER-NETNS SERVER-IP PORT: does a megabyte get from the server to the client in 20 s?"""
import ctypes
import os
import socket
import sys
import threading

SIZE = 1 << 20
SECONDS = 20


def open_in(netns, family):
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + netns, os.O_RDONLY)
    if libc.setns(there, 0):
        raise OSError(ctypes.get_errno(), netns)
    sock = socket.socket(family, socket.SOCK_STREAM)
    libc.setns(home, 0)
    sock.settimeout(SECONDS)
    return sock


def serve(listener):
    peer = listener.accept()[0]
    peer.settimeout(SECONDS)
    peer.sendall(bytes(SIZE))
    peer.close()


def main():
    client, server, ip, port = sys.argv[1:]
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    listener = open_in(server, family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((ip, int(port)))
    listener.listen()
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    sock = open_in(client, family)
    sock.connect((ip, int(port)))
    got = 0
    while data := sock.recv(65536):
        got += len(data)
    print(got, "bytes")
    return got != SIZE


sys.exit(main())
