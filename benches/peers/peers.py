"""What `benches/peers/run` measures: python3 peers.py TOOLS LOAD ROSTER ACCOUNTS MEMBERS"""

import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

TOOLS, LOAD, ROSTER, ACCOUNTS, MEMBERS = sys.argv[1:]
HERE = pathlib.Path(__file__).resolve().parent
ROUNDS, SECONDS = 5, 2
WORKS = {"session": "session check", "page": "page of 50", "search": "search by part of an address", "signIn": "sign-in"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait(url):
    for _ in range(600):
        try:
            return urllib.request.urlopen(url)
        except urllib.error.HTTPError:
            return None
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def family(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [one for child in children for one in family(int(child))]


def cpu(pid):
    ticks = 0
    for one in family(pid):
        fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(") ", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid):
    lines = [pathlib.Path(f"/proc/{one}/smaps_rollup").read_text() for one in family(pid)]
    return sum(int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1]) for text in lines) / 1024


class Peer:
    def __init__(self, name, process, url, told, pid=None):
        self.name, self.process, self.url, self.told = name, process, url, told
        self.pid = pid or process.pid
        self.idle = memory(self.pid)

    def measure(self, work):
        """Answers a second, and microseconds of CPU of one answer."""
        asked = self.told[work]
        headers = dict(self.told["headers"])
        lua = pathlib.Path(TOOLS, "ask.lua")
        if work == "signIn":
            path, body, kind = asked
            text = f'wrk.method = "POST"\nwrk.body = {json.dumps(body)}\n'
            headers = {"content-type": kind, "origin": self.url}
        else:
            path, text = asked, ""
        lua.write_text(text + "".join(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}\n" for k, v in headers.items()))
        before = cpu(self.pid)
        clients = "4" if work == "signIn" else "32"
        out = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{SECONDS}", "--timeout", "20", "-s", lua, self.url + path], capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in out or "Socket errors" in out:
            raise SystemExit(f"{self.name}, {work}: {out}")
        answers = int(re.search(r"(\d+) requests in", out)[1])
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
        return rate, (cpu(self.pid) - before) / max(answers, 1) * 1e6


def start(command, **more):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, **more)


def better_auth():
    folder = pathlib.Path(TOOLS)
    for file in folder.glob("better-auth.db*"):
        file.unlink()
    port = free_port()
    process = start(["node", HERE / "better-auth.mjs", folder, str(port), ACCOUNTS, MEMBERS], stderr=subprocess.DEVNULL)
    return Peer("better-auth 1.7", process, f"http://127.0.0.1:{port}", json.loads(process.stdout.readline()))


def django():
    folder, port = pathlib.Path(TOOLS), free_port()
    for file in folder.glob("django.db*"):
        file.unlink()
    environment = {**os.environ, "FOLDER": str(folder), "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"}
    made = subprocess.run([folder / "venv/bin/python", HERE / "django_app.py", ACCOUNTS], env=environment, capture_output=True, text=True, check=True)
    process = start([folder / "venv/bin/gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "warning", "django_app:application"], env=environment)
    url = f"http://127.0.0.1:{port}"
    wait(url + "/session")
    return Peer("Django 5.2", process, url, json.loads(made.stdout))


def roster():
    process = start([LOAD, "--bench", "--server", ROSTER, "--accounts", ACCOUNTS, "--members", MEMBERS, "--folder", f"{TOOLS}/roster", "--stay"], stderr=subprocess.DEVNULL)
    url, token = process.stdout.readline().split()
    at = "/api/v1/organizations/large/members?limit=50"
    body = json.dumps({"email": "person1@example.test", "password": "seven green boats at noon"})
    told = {"headers": {"authorization": f"Bearer {token}"}, "session": "/api/v1/session", "page": at, "search": at + "&q=son77",
            "signIn": ["/api/v1/sign-in", body, "application/json"]}
    server = next(one for one in family(process.pid) if one != process.pid)
    return Peer("Roster", process, url, told, server)


def bare():
    port = free_port()
    process = start([LOAD, "--bench", "--bare", str(port)])
    wait(f"http://127.0.0.1:{port}/")
    return Peer("two bytes", process, f"http://127.0.0.1:{port}", {"headers": {}, **{work: "/" for work in WORKS}})


def main():
    peers, table = [], {}
    try:
        for begin in (bare, roster, better_auth, django):
            peers.append(begin())
        for work in WORKS:
            for peer in peers:
                if peer.name != "two bytes" or work == "session":
                    table[peer.name, work] = []
            # They take turns, so that each sees the same minutes.
            for _ in range(ROUNDS):
                for peer in peers:
                    if (peer.name, work) in table:
                        table[peer.name, work].append(peer.measure(work))
        print(f"| work | {' | '.join(peer.name for peer in peers)} |\n|{'---|' * (len(peers) + 1)}")
        for work, words in WORKS.items():
            cells = []
            for peer in peers:
                runs = table.get((peer.name, work))
                cells.append(f"{statistics.median(r for r, _ in runs):,.0f}/s, {statistics.median(c for _, c in runs):,.0f} µs" if runs else "")
            print(f"| {words} | {' | '.join(cells)} |")
        print(f"| memory idle, after all of it | {' | '.join(f'{peer.idle:.0f}, {memory(peer.pid):.0f} MiB' for peer in peers)} |")
    finally:
        for peer in peers:
            peer.process.stdin.close()
            if peer.name != "Roster":
                peer.process.terminate()
            peer.process.wait()
        shutil.rmtree(pathlib.Path(TOOLS, "roster"), ignore_errors=True)


main()
