"""An SMTP server that stores what it gets and fails as it is told.

    smtp.py PORT FOLDER

Each letter whose DATA came to its end is written at once to FOLDER/NNNNN.json: envelope, text, whether it was
answered with 250. FOLDER/mode says how to behave and is read again at every command:

    accept        250 to everything (also without a file)
    silent        takes the connection and never says a word
    slow SECONDS  waits before each answer
    refuse CODE   answers RCPT with this code
    cut           takes the letter and cuts the line instead of its 250
    limit N       421 and the line cut after N letters in one connection

FOLDER/connections grows by one byte for each connection.
"""

import asyncio
import itertools
import json
import os
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Behaviour:
    def __init__(self, folder: Path):
        self.folder = folder
        self.numbers = itertools.count(len(list(folder.glob("*.json"))) + 1)

    def mode(self) -> list[str]:
        try:
            return (self.folder / "mode").read_text().split() or ["accept"]
        except FileNotFoundError:
            return ["accept"]

    async def pause(self) -> None:
        mode = self.mode()
        if mode[0] == "slow":
            await asyncio.sleep(float(mode[1]))

    def store(self, envelope, answered: bool) -> None:
        letter = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "text": envelope.content.decode("utf-8", "replace"),
            "answered": answered,
        }
        path = self.folder / f"{next(self.numbers):05}.json"
        path.with_suffix(".part").write_text(json.dumps(letter))
        os.replace(path.with_suffix(".part"), path)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        await self.pause()
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self.pause()
        mode = self.mode()
        if mode[0] == "limit" and getattr(session, "letters", 0) >= int(mode[1]):
            await server.push("421 4.7.0 too many letters in one connection")
            server.transport.close()
            return "421 4.7.0 too many letters in one connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await self.pause()
        mode = self.mode()
        if mode[0] == "refuse":
            return f"{mode[1]} {mode[1][0]}.7.1 no letters for {address} today"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await self.pause()
        if self.mode()[0] == "cut":
            self.store(envelope, answered=False)
            server.transport.abort()
            return "250 never seen"
        self.store(envelope, answered=True)
        session.letters = getattr(session, "letters", 0) + 1
        return "250 OK"


class Server(SMTP):
    async def _handle_client(self):
        behaviour = self.event_handler
        with open(behaviour.folder / "connections", "ab") as counter:
            counter.write(b".")
        await behaviour.pause()
        while behaviour.mode()[0] == "silent":
            await asyncio.sleep(0.05)
        await super()._handle_client()


async def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    behaviour = Behaviour(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Server(behaviour, hostname="mail.test", enable_SMTPUTF8=True), "127.0.0.1", port
    )
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
