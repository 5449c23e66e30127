# standard.py: what Python's standard library asks of a kernel: threads,
# processes, sockets, signals, files, clocks. Run in an empty folder.
import array
import ctypes
import decimal
import gzip
import hashlib
import io
import json
import mmap
import multiprocessing
import os
import pathlib
import queue
import random
import select
import selectors
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def square(n):
    return n * n


def threads():
    todo, done = queue.Queue(), []
    lock = threading.Lock()

    def work():
        while (n := todo.get()) is not None:
            with lock:
                done.append(square(n))

    workers = [threading.Thread(target=work) for _ in range(8)]
    for w in workers:
        w.start()
    for n in range(1000):
        todo.put(n)
    for _ in workers:
        todo.put(None)
    for w in workers:
        w.join()
    print("threads", len(done), sum(done))
    with ThreadPoolExecutor(4) as pool:
        print("pool", sum(pool.map(square, range(100))))
    event = threading.Event()
    threading.Timer(0.05, event.set).start()
    print("timer", event.wait(60))


def processes():
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(3, mp_context=context) as pool:
        print("processes", sum(pool.map(square, range(50))))
    ours, theirs = context.Pipe()
    child = context.Process(target=lambda: theirs.send([os.getppid() > 0, 42]))
    child.start()
    print("pipe", ours.recv())
    child.join()
    print("child", child.exitcode)
    value = context.Value("i", 0)

    def add():
        for _ in range(100):
            with value.get_lock():
                value.value += 1

    children = [context.Process(target=add) for _ in range(4)]
    for c in children:
        c.start()
    for c in children:
        c.join()
    print("shared", value.value)
    out = subprocess.run(["sh", "-c", "cat; echo error >&2; exit 3"],
                         input=b"through\n", capture_output=True)
    print("subprocess", out.returncode, out.stdout, out.stderr)
    try:
        subprocess.run(["sleep", "60"], timeout=0.2)
    except subprocess.TimeoutExpired as e:
        print("timeout", round(e.timeout, 1))


def signals():
    seen = []
    signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    signal.pause()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    os.kill(os.getpid(), signal.SIGUSR2)
    print("signals", seen, signal.sigwait([signal.SIGUSR2]).name)


def sockets():
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind("socket")
    server.listen()

    def serve():
        for _ in range(3):
            connection, _ = server.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.write(stream.readline().upper())

    thread = threading.Thread(target=serve)
    thread.start()
    for word in (b"one\n", b"two\n", b"three\n"):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect("socket")
        client.sendall(word)
        print("socket", client.recv(100))
        client.close()
    thread.join()
    a, b = socket.socketpair()
    selector = selectors.DefaultSelector()
    selector.register(a, selectors.EVENT_READ, "data")
    print(type(selector).__name__, selector.select(0))
    b.send(b"x")
    print([(key.data, events) for key, events in selector.select(60)])
    poll = select.poll()
    poll.register(b, select.POLLOUT)
    print("poll", [events for _, events in poll.poll(0)])


def files():
    here = pathlib.Path("folder")
    (here / "deep" / "er").mkdir(parents=True)
    (here / "text").write_text("zeile\n" * 1000)
    (here / "link").symlink_to("text")
    os.chmod(here / "text", 0o640)
    print(sorted(str(p) for p in here.rglob("*")))
    print((here / "link").stat().st_size, oct((here / "text").stat().st_mode))
    with open("map", "w+b") as f:
        f.truncate(100000)
        with mmap.mmap(f.fileno(), 0) as m:
            m[50000:50005] = b"there"
            m.flush()
            print("mmap", m.find(b"there"), len(m))
        f.seek(50000)
        print(f.read(5))
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"x" * 10)
        f.flush()
        print("temporary", os.path.getsize(f.name))
    with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.write(here / "text", "text")
    print(zipfile.ZipFile("z.zip").testzip(), os.path.getsize("z.zip") < 6000)
    print(gzip.decompress(gzip.compress(b"a" * 1000)) == b"a" * 1000)
    shutil.copytree(here, "copy", symlinks=True)
    shutil.rmtree(here)
    print(sorted(os.listdir("copy")), os.path.exists("folder"))
    r, w = os.pipe()
    os.set_blocking(r, False)
    try:
        os.read(r, 1)
    except BlockingIOError as e:
        print("would block", e.errno)
    os.writev(w, [b"ab", b"cd"])
    print(os.read(r, 10))


def database():
    db = sqlite3.connect("db.sqlite")
    db.execute("pragma journal_mode=wal")
    db.execute("create table t (n integer primary key, s text)")
    with db:
        db.executemany("insert into t values (?, ?)",
                       ((n, str(n) * 3) for n in range(2000)))
    print(db.execute("select count(*), sum(n), max(s) from t").fetchone())
    other = sqlite3.connect("db.sqlite", timeout=0.1)
    db.execute("begin immediate")
    try:
        other.execute("begin immediate")
    except sqlite3.OperationalError as e:
        print("locked:", e)
    db.close()


def numbers():
    random.seed(1)
    print(random.random(), random.sample(range(1000), 5))
    decimal.getcontext().prec = 50
    print(decimal.Decimal(2).sqrt())
    print(hashlib.sha256(array.array("i", range(1000)).tobytes()).hexdigest())
    print(json.dumps({"b": [1, 2.5, None], "a": "\u00fc"}, sort_keys=True))
    print(struct.pack(">IhQ", 1, -2, 3).hex())
    libc = ctypes.CDLL(None)
    print("ctypes", libc.abs(-5), ctypes.sizeof(ctypes.c_long))
    before, start = time.process_time(), time.monotonic()
    time.sleep(0.05)
    print("slept", time.monotonic() - start >= 0.05,
          time.process_time() - before < 0.05, time.time() > 1.6e9)
    print(len(os.urandom(16)), sys.flags.isolated, sys.maxsize)


for part in (threads, processes, signals, sockets, files, database, numbers):
    part()
    sys.stdout.flush()
