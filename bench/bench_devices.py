"""Do 5,000 readings a second pass from a broker through the rules on one worker, and is an alarm lost if it is killed?

`python -m bench devices [--quick]`. A Mosquitto of its own; 200 registered machines publish at QoS 1, each reading with
its own time, 6,000 a second for 30 s (quick: 10 s), a fifth more than must pass. Ten times a second one of them tells a
fault under a code of its own, which must become exactly one alarm, told once. One work process (streams, stored bodies,
machines and alarms, as in `yingnuo work`) listens; first it is left alone, then it gets kill -9 every five seconds and
another is forked.

Measured: readings a second from the first one published until the last one is in the table, and processor time of a
reading, for on a machine that has other work wall time says little. Afterwards every reading must be there once, every
fault be one alarm with a count of one, and every alarm have its ticket.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

from django.db import connection

from bench import fill, loops, stage
from bench.loops import Nursery
from bench.measuring import Report, costing, quick
from bench.stage import Stage
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.devices.models import AlarmRule, Device, DeviceState, Standing
from yingnuo.journey import device_alarms
from yingnuo.kit import revisions

MACHINES, PER_SECOND, SECONDS, QUICK_SECONDS, FAULTS_PER_SECOND = 200, 6_000, 30, 10, 10
RATE, CPU_MS, KILL_EVERY_S, DRAINED_S = 5_000, 0.2, 5.0, 60.0
_DATABASE, _LOOPS = "bench_devices", "streams+heard+devices"
_RULES = {
    "hot": ({"kind": "threshold", "all": [{"of": "water_c", "op": "above", "limit": 95, "margin": 5}]}, "major"),
    "rushing": ({"kind": "rate", "of": "water_c", "way": "up", "limit": 80, "within_s": 10}, "major"),
    "power": ({"kind": "threshold", "all": [{"of": "rpm * water_c", "op": "above", "limit": 1e9}]}, "major"),
    "silent": ({"kind": "absence", "after_s": 3600}, "minor"),
    "fault": ({"kind": "fault", "codes": []}, "minor"),
}


def main() -> int:
    """Measure, print, judge; the exit code."""
    server = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    if not Path(server).exists():
        raise SystemExit("mosquitto is not installed")
    seconds = QUICK_SECONDS if quick() else SECONDS
    with stage.opened() as here, tempfile.TemporaryDirectory() as folder:
        report = Report("devices")
        for kills in (False, True):
            port, broker = _broker(server, Path(folder))
            try:
                _house(here, port)
                _measure(here, report, port, seconds, kills=kills)
            finally:
                broker.terminate()
                broker.wait(10)
                stage.drop(here, _DATABASE)
    return report.status()


def _broker(server: str, folder: Path) -> tuple[int, subprocess.Popen[bytes]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = folder / f"{port}.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\n"
        "log_dest none\n"
    )
    broker = subprocess.Popen([server, "-c", config])
    for _attempt in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            break
    return port, broker


def _house(here: Stage, port: int) -> None:
    stage.drop(here, _DATABASE)
    stage.create(here, _DATABASE)
    stage.use(_DATABASE)
    fill.company()
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "prefix": "plant"}
    channel = Channel.objects.create(
        code="plant", name="Plant", kind=ChannelKind.MQTT, settings=settings, problem="not connected yet"
    )
    machines = Device.objects.bulk_create(
        Device(channel=channel, identity=f"m{n}", standing=Standing.ADOPTED) for n in range(MACHINES)
    )
    DeviceState.objects.bulk_create(DeviceState(device=d) for d in machines)
    for name, (spec, severity) in _RULES.items():
        AlarmRule.objects.create(name=name, spec=spec, severity=severity, storm_by="")
    revisions.bump()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a publisher does."""

    port: int
    seconds: int
    first_ms: int


def publish(plan: Plan, begins: Event) -> None:
    """Says when it begins, then publishes at the pace of the plan; PUBACKs are read and thrown away."""
    with socket.create_connection(("127.0.0.1", plan.port)) as broker:
        broker.sendall(b"\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06\x70\x75\x62\x2d\x30\x31")
        broker.recv(4)
        broker.setblocking(True)
        begins.set()
        begun, step = time.monotonic(), PER_SECOND // 50
        for tick in range(plan.seconds * 50):
            broker.sendall(b"".join(_tick(plan, tick, step)))
            broker.setblocking(False)
            _throw_away(broker)
            broker.setblocking(True)
            time.sleep(max(0.0, begun + (tick + 1) / 50 - time.monotonic()))
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            broker.settimeout(0.5)
            try:
                broker.recv(65_536)
            except OSError:
                break


def _tick(plan: Plan, tick: int, step: int) -> list[bytes]:
    packets = []
    for n in range(tick * step, (tick + 1) * step):
        at = plan.first_ms + n * 1_000 // PER_SECOND  # several a millisecond, of different machines
        words = json.dumps({"ts": at, "values": {"water_c": 20 + n % 40, "rpm": n % 1_000}})
        packets.append(_packet(f"plant/m{n % MACHINES}/telemetry", words.encode(), n))
    if tick % (50 // FAULTS_PER_SECOND) == 0:
        words = json.dumps({"ts": plan.first_ms + tick * 20, "code": f"F{tick}"})
        packets.append(_packet(f"plant/m{tick % MACHINES}/event", words.encode(), tick))
    return packets


def _packet(topic: str, payload: bytes, n: int) -> bytes:
    body = struct.pack(">H", len(topic)) + topic.encode() + struct.pack(">H", n % 65_535 + 1) + payload
    size, left = b"", len(body)
    while True:
        left, low = divmod(left, 128)
        size += bytes([low | (128 if left else 0)])
        if not left:
            return b"\x32" + size + body


def _throw_away(broker: socket.socket) -> None:
    try:
        while broker.recv(65_536):
            pass
    except BlockingIOError:
        return


def _measure(here: Stage, report: Report, port: int, seconds: int, *, kills: bool) -> None:
    readings, faults = PER_SECOND * seconds, FAULTS_PER_SECOND * seconds
    with loops.running(here.environment(_DATABASE)) as nursery:
        worker = [nursery.fork(_LOOPS)]
        _until_connected()
        plan = Plan(port, seconds, round(datetime.now(UTC).timestamp() * 1000) - 60_000 - 1000 * seconds)
        spawning = multiprocessing.get_context("spawn")
        begins = spawning.Event()
        publisher = spawning.Process(target=publish, args=(plan, begins))
        publisher.start()
        if not begins.wait(60):
            raise SystemExit("the publisher does not begin")
        begun = time.monotonic()
        with costing(nursery.process.pid, here.postmaster) as cost:
            died = _kill(nursery, worker, publisher) if kills else 0
            took = _settle(readings, begun)
        publisher.join()
        _settle_alarms(faults)
    _tell(report, readings, faults, died)
    if not kills:
        report.at_least("readings a second, to the last one in the table", readings / took, RATE, "/s")
        report.at_most("processor time of a reading, worker", 1000 * cost.app_s / readings, CPU_MS, "ms")
        report.note(f"database: {1000 * cost.database_s / readings:.3f} ms a reading")
    else:
        report.note(f"with kills: the last of {readings:,} readings was in the table after {took:.1f} s")


def _until_connected() -> None:
    """The worker takes the problem away when it has subscribed."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not _count("SELECT count(*) FROM channels_channel WHERE problem <> ''"):
            return
        time.sleep(0.1)
    raise SystemExit("the worker does not connect")


def _kill(nursery: Nursery, worker: list[int], publisher: BaseProcess) -> int:
    count, turn = 0, time.monotonic()
    while publisher.is_alive():
        turn += KILL_EVERY_S
        while publisher.is_alive() and time.monotonic() < turn:
            time.sleep(0.05)
        nursery.kill(worker[0])
        worker[0] = nursery.fork(_LOOPS)
        count += 1
    return count


def _count(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def _settle(readings: int, begun: float) -> float:
    deadline = time.monotonic() + DRAINED_S + SECONDS
    while time.monotonic() < deadline:
        if _count("SELECT count(*) FROM devices_sample WHERE metric = 'water_c'") >= readings:
            break
        time.sleep(0.2)
    return time.monotonic() - begun


def _settle_alarms(faults: int) -> None:
    deadline = time.monotonic() + DRAINED_S + device_alarms.LEASE.total_seconds()
    told = "SELECT count(*) FROM devices_alarm WHERE ticket_id IS NOT NULL"
    while time.monotonic() < deadline and _count(told) < faults:
        time.sleep(0.2)


def _tell(report: Report, readings: int, faults: int, died: int) -> None:
    values = _count("SELECT count(*) FROM devices_sample WHERE metric = 'water_c'")
    report.note(f"{readings:,} readings of {MACHINES} machines, {faults} faults; {died} kills -9")
    report.at_most("readings lost", readings - values, 0)
    report.at_most("faults without an alarm", faults - _count("SELECT count(DISTINCT code) FROM devices_alarm"), 0)
    doubled = _count("SELECT count(*) - count(DISTINCT (device_id, code)) FROM devices_alarm")
    report.at_most("alarms doubled", doubled, 0)
    report.at_most("alarms counted twice", _count("SELECT count(*) FROM devices_alarm WHERE count > 1"), 0)
    report.at_most("alarms without a ticket", _count("SELECT count(*) FROM devices_alarm WHERE ticket_id IS NULL"), 0)
    tickets = _count("SELECT count(*) FROM tickets_ticket")
    report.note(f"{tickets} tickets")


if __name__ == "__main__":
    sys.exit(main())
