# SPDX-License-Identifier: GPL-2.0-or-later
"""Sends packets that no honest stack sends, and says which of them arrived.

    forge.py SCENE NAME=NETNS,IPV4,IPV6...

A scene is a function below; its docstring says which names it wants.  Every packet carries a tag; for each tag, one line
`TAG sent N seen N`, where seen counts what reached the receiver's interface.
"""
import ctypes
import ipaddress
import os
import random
import select
import socket
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
UDP, TCP, ICMP, ICMP6, SCTP = 17, 6, 1, 58, 132
FRAGMENT, DESTINATION, HOP_BY_HOP = 44, 60, 0
LISTEN_SECONDS = 0.7


class Host:
    """A network namespace, entered for as long as a socket is opened."""

    def __init__(self, text):
        self.name, rest = text.split("=")
        self.netns, self.ip4, self.ip6 = rest.split(",")
        self.raw = {}
        self.watch = None

    def socket(self, *kind):
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open("/run/netns/" + self.netns, os.O_RDONLY)
        if LIBC.setns(there, 0):
            raise OSError(ctypes.get_errno(), self.netns)
        try:
            return socket.socket(*kind)
        finally:
            LIBC.setns(home, 0)
            os.close(home)
            os.close(there)

    def ip(self, family):
        return self.ip4 if family == 4 else self.ip6

    def send(self, packet):
        """A whole IP packet, routed by its destination."""
        family = packet[0] >> 4
        if family not in self.raw:
            kind = socket.AF_INET if family == 4 else socket.AF_INET6
            self.raw[family] = self.socket(kind, socket.SOCK_RAW, socket.IPPROTO_RAW)
            if family == 6:
                self.raw[family].setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
        if family == 4:
            self.raw[4].sendto(packet, (str(ipaddress.ip_address(packet[16:20])), 0))
            return
        to = str(ipaddress.ip_address(packet[24:40]))
        scope = self.index() if to.startswith("ff02:") else 0
        self.raw[6].sendto(packet, (to, 0, 0, scope))

    def index(self):
        probe = self.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        request = struct.pack("16sI", b"eth0", 0)
        import fcntl
        return struct.unpack("16sI", fcntl.ioctl(probe, 0x8933, request))[1]  # SIOCGIFINDEX

    def frame(self, mac, packet):
        """The same to an Ethernet address of its own, whatever the destination."""
        kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
        if kind == 0x0800:  # which the kernel does for raw IP
            packet = packet[:10] + struct.pack("!H", checksum(packet[:20])) + packet[12:]
        self.wire(mac, struct.pack("!H", kind) + packet)

    def wire(self, mac, rest):
        """A frame: what comes after its Ethernet addresses."""
        wire = self.socket(socket.AF_PACKET, socket.SOCK_RAW)
        wire.bind(("eth0", 0))
        wire.send(mac + wire.getsockname()[4] + rest)
        wire.close()

    def mac(self):
        probe = self.socket(socket.AF_PACKET, socket.SOCK_RAW)
        probe.bind(("eth0", 0))
        return probe.getsockname()[4]

    def listen(self):
        self.watch = self.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.watch.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)

    def heard(self, tags):
        """How often was each tag seen in what came in?"""
        seen = dict.fromkeys(tags, 0)
        end = time.monotonic() + LISTEN_SECONDS
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.watch], [], [], left)[0]:
                continue
            data, address = self.watch.recvfrom(65536)
            if address[2] == socket.PACKET_OUTGOING:
                continue
            for tag in tags:
                seen[tag] += tag.encode() in data
        return seen


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def pseudo(src, dst, proto, size):
    return packed(src) + packed(dst) + struct.pack("!IHH", size, 0, proto)


def summed(src, dst, proto, segment, at):
    """The segment with its checksum at an offset."""
    start = b"" if proto == ICMP else pseudo(src, dst, proto, len(segment))
    return segment[:at] + struct.pack("!H", checksum(start + segment) or 0xFFFF) + segment[at + 2:]


def ip(src, dst, proto, payload, ttl=64, ident=0, fragment=0):
    """fragment: the 16 bits of flags and offset of IPv4."""
    if ":" in src:
        return struct.pack("!IHBB", 6 << 28, len(payload), proto, ttl) + packed(src) + packed(dst) + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), ident, fragment, ttl, proto, 0)
    return head + packed(src) + packed(dst) + payload


def udp(src, dst, sport, dport, data):
    return summed(src, dst, UDP, struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data, 6)


def tcp(src, dst, sport, dport, flags, data=b"", seq=1000, ack=0):
    head = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 1000, 0, 0)
    return summed(src, dst, TCP, head + data, 16)


def icmp(src, dst, kind, code, rest, data=b""):
    proto = ICMP6 if ":" in src else ICMP
    return summed(src, dst, proto, struct.pack("!BBH", kind, code, 0) + rest + data, 2)


def fragments(src, dst, proto, payload, sizes, ident):
    """Cuts a payload into pieces of these sizes (multiples of 8 but for the last); as packets, in order."""
    out, at = [], 0
    for i, size in enumerate(sizes):
        more = i + 1 < len(sizes)
        piece = payload[at:at + size]
        if ":" in src:
            head = struct.pack("!BBHI", proto, 0, at | more, ident)
            out.append(ip(src, dst, FRAGMENT, head + piece))
        else:
            out.append(ip(src, dst, proto, piece, ident=ident, fragment=more << 13 | at // 8))
        at += size
    return out


def report(receiver, packets, sender):
    """packets: (tag, packet) in order, or with the Ethernet address that a packet goes to; a tag may come several times."""
    receiver.listen()
    sent = {}
    for tag, packet, *mac in packets:
        sent[tag] = sent.get(tag, 0) + 1
        if mac and packet[0] >> 4 == 0:
            sender.wire(mac[0], packet)
        elif mac:
            sender.frame(mac[0], packet)
        else:
            sender.send(packet)
    seen = receiver.heard(sent)
    for tag, n in sent.items():
        print(f"{tag} sent {n} seen {seen[tag]}")


def port():
    return random.randrange(20000, 60000)


def spoof(hosts):
    """from, to, as...: UDP to port 80 with the address of each of the others."""
    packets = []
    for name, other in hosts.items():
        for family in (4, 6):
            if name in ("from", "to"):
                continue
            src, dst = other.ip(family), hosts["to"].ip(family)
            tag = f"{name}-{family}!"
            packets.append((tag, ip(src, dst, UDP, udp(src, dst, port(), 80, tag.encode()))))
    report(hosts["to"], packets, hosts["from"])


def strays(hosts):
    """from, to: TCP segments that belong to no connection, to port 80."""
    flags = {"syn": 2, "synack": 0x12, "ack": 0x10, "rst": 4, "rstack": 0x14, "fin": 1, "null": 0, "xmas": 0x29}
    packets = []
    for name, bits in flags.items():
        for family in (4, 6):
            src, dst = hosts["from"].ip(family), hosts["to"].ip(family)
            tag = f"{name}-{family}!"
            packets.append((tag, ip(src, dst, TCP, tcp(src, dst, port(), 80, bits, tag.encode(), ack=77))))
    report(hosts["to"], packets, hosts["from"])


def echoes(hosts):
    """from, to: ICMP echo requests and replies that nobody asked for."""
    packets = []
    for family, kinds in ((4, (8, 0)), (6, (128, 129))):
        src, dst = hosts["from"].ip(family), hosts["to"].ip(family)
        for name, kind in zip(("request", "reply"), kinds):
            tag = f"{name}-{family}!"
            rest = struct.pack("!HH", port(), 1)
            packets.append((tag, ip(src, dst, ICMP if family == 4 else ICMP6, icmp(src, dst, kind, 0, rest, tag.encode()))))
    report(hosts["to"], packets, hosts["from"])


def pieces(hosts):
    """from, to: datagrams to the ports 80 and 81 in fragments of every kind, and behind extension headers."""
    packets = []
    for family in (4, 6):
        src, dst = hosts["from"].ip(family), hosts["to"].ip(family)
        for number in (80, 81):
            def cut(name, sizes, order=None, keep=None):
                tag = f"{name}-{family}-{number}!"
                data = (tag.encode() * 200)[:1592]
                parts = fragments(src, dst, UDP, udp(src, dst, port(), number, data), sizes, random.randrange(1, 65535))
                for i in order or range(len(parts)):
                    if keep is None or i in keep:
                        packets.append((tag, parts[i]))
            cut("inorder", (800, 800))
            cut("reversed", (800, 800), order=(1, 0))
            cut("tail", (800, 800), keep=(1,))
            cut("tiny", (8, 792, 800))
            overlapping(src, dst, family, number, packets)
            if family == 6:
                extended(src, dst, number, packets)
    report(hosts["to"], packets, hosts["from"])


def overlapping(src, dst, family, number, packets):
    """A first piece that names the other port, and a second that lies over it and names this one."""
    sport, ident = port(), random.randrange(1, 65535)
    parts = []
    for name, dport in (("under", 161 - number), ("over", number)):
        tag = f"{name}-{family}-{dport}!"
        data = udp(src, dst, sport, dport, (tag.encode() * 200)[:1592])
        parts.append((tag, fragments(src, dst, UDP, data, (800, 800), ident)))
    (under, first), (over, second) = parts
    packets.extend([(under, first[0]), (over, second[0]), (under, first[1])])


def extended(src, dst, number, packets):
    """A hop-by-hop header, two of destination options, and a fragment header of a whole packet, before the port."""
    pad = struct.pack("!BBBBI", UDP, 0, 1, 4, 0)
    chain = struct.pack("!BBBBI", DESTINATION, 0, 1, 4, 0)
    for name, first, heads in (
        ("options", DESTINATION, pad),
        ("hops", HOP_BY_HOP, pad),
        ("both", DESTINATION, chain + pad),
        ("atomic", FRAGMENT, struct.pack("!BBHI", UDP, 0, 0, random.randrange(1, 65535))),
    ):
        tag = f"{name}-6-{number}!"
        packets.append((tag, ip(src, dst, first, heads + udp(src, dst, port(), number, tag.encode()))))


def errors(hosts):
    """from, to, peer: ICMP errors about a flow between `to` and `peer` that there is not."""
    packets = []
    for family, proto, kind, code in ((4, ICMP, 3, 4), (6, ICMP6, 2, 0), (4, ICMP, 3, 3), (6, ICMP6, 1, 4)):
        src, dst, peer = (hosts[name].ip(family) for name in ("from", "to", "peer"))
        tag = f"error-{family}-{kind}-{code}!"
        quoted = ip(dst, peer, UDP, udp(dst, peer, port(), 9, tag.encode()))
        rest = struct.pack("!I", 1280)
        packets.append((tag, ip(src, dst, proto, icmp(src, dst, kind, code, rest, quoted))))
    report(hosts["to"], packets, hosts["from"])


def neighbours(hosts):
    """from, to: router advertisements and redirects, and an echo request, to all nodes on the link."""
    ours = "fe80::" + hosts["from"].ip6.rsplit("::", 1)[1]
    packets = []
    for name, kind, rest in (
        ("advertisement", 134, struct.pack("!BBHII", 64, 0, 1800, 0, 0)),
        ("redirect", 137, bytes(4) + packed(ours) + packed(hosts["to"].ip6)),
        ("echo", 128, struct.pack("!HH", port(), 1)),
    ):
        for to in ("ff02::1", hosts["to"].ip6):
            tag = f"{name}-{'all' if to == 'ff02::1' else 'one'}!"
            packets.append((tag, ip(ours, to, ICMP6, icmp(ours, to, kind, 0, rest, tag.encode()), ttl=255)))
    report(hosts["to"], packets, hosts["from"])


def claims(hosts):
    """from, to, as...: says to `to` that the addresses of each of the others are at the link address of `from`."""
    packets = []
    sender, to = hosts["from"].mac(), hosts["to"]
    for name, other in hosts.items():
        if name == "to":
            continue
        name = "own" if name == "from" else name
        for word, operation in (("request", 1), ("reply", 2)):
            tag = f"{name}-arp-{word}!"
            arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + sender + packed(other.ip4)
            packets.append((tag, b"\x08\x06" + arp + to.mac() + packed(to.ip4) + tag.encode(), to.mac()))
        option = struct.pack("!BB", 2, 1) + sender
        for word, source in (("own", hosts["from"].ip6), ("its", other.ip6)):
            tag = f"{name}-advert-{word}!"
            rest = struct.pack("!I", 0x20000000) + packed(other.ip6) + option
            advert = icmp(source, to.ip6, 136, 0, rest, tag.encode())
            packets.append((tag, ip(source, to.ip6, ICMP6, advert, ttl=255), to.mac()))
        tag = f"{name}-solicit!"
        rest = bytes(4) + packed(to.ip6) + struct.pack("!BB", 1, 1) + sender
        solicit = icmp(other.ip6, to.ip6, 135, 0, rest, tag.encode())
        packets.append((tag, ip(other.ip6, to.ip6, ICMP6, solicit, ttl=255), to.mac()))
    report(to, packets, hosts["from"])


def poison(hosts):
    """from, to: `from` opens a flow in the name of `to`, to itself, and then answers it."""
    answers = []
    for family in (4, 6):
        src, dst = hosts["from"].ip(family), hosts["to"].ip(family)
        for proto, name in ((UDP, "udp"), (TCP, "tcp")):
            tag, sport = f"{name}-{family}!", port()
            if proto == UDP:
                first, answer = udp(dst, src, 80, sport, b"first"), udp(src, dst, sport, 80, tag.encode())
            else:
                first, answer = tcp(dst, src, 80, sport, 2), tcp(src, dst, sport, 80, 0x12, tag.encode(), ack=1001)
            hosts["from"].send(ip(dst, src, proto, first))
            answers.append((tag, ip(src, dst, proto, answer)))
    time.sleep(0.2)
    report(hosts["to"], answers, hosts["from"])


def protocols(hosts):
    """from, to: every protocol number that no header of its own is known of here."""
    packets = []
    for family in (4, 6):
        src, dst = hosts["from"].ip(family), hosts["to"].ip(family)
        for number in (2, 4, 33, 41, 47, 50, 51, 89, 94, 97, 99, 103, 112, 115, 136, 137, 143, 253, 255):
            if number == 51 and family == 6:  # an authentication header leads to another
                continue
            tag = f"proto-{family}-{number}!"
            packets.append((tag, ip(src, dst, number, bytes(8) + tag.encode())))
    report(hosts["to"], packets, hosts["from"])


BROADCAST = b"\xff" * 6
MANY = {"mdns-4": "224.0.0.251", "hosts-4": "224.0.0.1", "group-4": "239.1.2.3", "limited-4": "255.255.255.255",
        "directed-4": "10.244.1.255", "mdns-6": "ff02::fb", "hosts-6": "ff02::1", "group-6": "ff15::abcd"}


def group_mac(address):
    """RFC 1112 6.4, RFC 2464 7"""
    octets = packed(address)
    if len(octets) == 16:
        return b"\x33\x33" + octets[12:]
    if octets[0] >> 4 != 14:
        return BROADCAST
    return b"\x01\x00\x5e" + bytes([octets[1] & 127]) + octets[2:]


def many(hosts):
    """from, to: UDP to many, with the Ethernet address that belongs to it and with that of `to` alone."""
    packets = []
    for name, dst in MANY.items():
        src = hosts["from"].ip(6 if ":" in dst else 4)
        for how, mac in (("all", group_mac(dst)), ("one", hosts["to"].mac())):
            tag = f"{name}-{how}!"
            packets.append((tag, ip(src, dst, UDP, udp(src, dst, port(), 5353, tag.encode())), mac))
    report(hosts["to"], packets, hosts["from"])


def join(hosts):
    """who: joins two groups, says so, and stays for three seconds."""
    four = hosts["who"].socket(socket.AF_INET, socket.SOCK_DGRAM)
    six = hosts["who"].socket(socket.AF_INET6, socket.SOCK_DGRAM)
    index = struct.pack("@I", hosts["who"].index())
    four.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, packed("239.1.2.4") + packed(hosts["who"].ip4))
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, packed("ff15::abce") + index)
    time.sleep(3)
    print("joined")


def shout(hosts):
    """from, to: UDP to the ports 80 and 81 of one, to the Ethernet address of all."""
    packets = []
    for family in (4, 6):
        for number in (80, 81):
            src, dst = hosts["from"].ip(family), hosts["to"].ip(family)
            tag = f"shout-{family}-{number}!"
            packets.append((tag, ip(src, dst, UDP, udp(src, dst, port(), number, tag.encode())), BROADCAST))
    report(hosts["to"], packets, hosts["from"])


def reports(hosts):
    """from, to: IGMP and MLD, as hosts and routers send them."""
    packets, src = [], hosts["from"].ip4
    for name, dst, kind, group in (("igmp-report", "239.1.2.4", 0x16, "239.1.2.4"), ("igmp-query", "224.0.0.1", 0x11, "0.0.0.0")):
        body = struct.pack("!BBH", kind, 10, 0) + packed(group) + (name + "!").encode()
        packets.append((name + "!", ip(src, dst, 2, summed(src, dst, ICMP, body, 2), ttl=1), group_mac(dst)))
    src = "fe80::" + hosts["from"].ip6.rsplit("::", 1)[1]
    for name, dst, kind, group in (("mld-report", "ff15::abce", 131, "ff15::abce"), ("mld-query", "ff02::1", 130, "::")):
        body = icmp(src, dst, kind, 0, bytes(4), packed(group) + (name + "!").encode())
        packets.append((name + "!", ip(src, dst, ICMP6, body, ttl=1), group_mac(dst)))
    report(hosts["to"], packets, hosts["from"])


def rigged(hosts):
    """from, mate, to: `from` sends to `mate` in the name of many, and `mate` answers, which `to` hears."""
    packets = []
    for name, group in MANY.items():
        tag, sport, mate = f"{name}-rigged!", port(), hosts["mate"].ip(6 if ":" in group else 4)
        hosts["from"].frame(hosts["mate"].mac(), ip(group, mate, UDP, udp(group, mate, 5353, sport, b"first")))
        packets.append((tag, ip(mate, group, UDP, udp(mate, group, sport, 5353, tag.encode())), group_mac(group)))
    time.sleep(0.2)
    report(hosts["to"], packets, hosts["mate"])


SCENES = {f.__name__: f for f in (spoof, claims, strays, echoes, pieces, errors, neighbours, poison, protocols, many, join,
                                  shout, reports, rigged)}

if __name__ == "__main__":
    SCENES[sys.argv[1]]({host.name: host for host in map(Host, sys.argv[2:])})
