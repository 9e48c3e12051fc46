"""Decrypts one userinfo answer over and over with jwcrypto, the library of the
official Python SDK, in the SDK's own steps: the private key imported from PEM
for each answer, the block key opened and imported, then field after field. With
importOnce the private key is imported once, which jwcrypto allows and the SDK
does not do. Several processes share the work where asked: Python runs one
thread at a time.

Each line of standard input is a job {pem, body, threads, seconds, importOnce},
answered by a line {"versions", "per_s", "cpu_s", "wall_s"}: the times are those of
all processes together. At the end of input the program ends.
"""
import importlib.metadata
import json
import multiprocessing
import platform
import sys
import time

from jwcrypto import jwe, jwk


def import_key(job):
    return jwk.JWK.from_pem(job["pem"].encode("ascii"))


def open_answer(job, kept):
    answer = json.loads(job["body"])
    private_key = kept or import_key(job)
    sealed_key = jwe.JWE()
    sealed_key.deserialize(answer["key"], key=private_key)
    block_key = jwk.JWK.from_json(sealed_key.payload.decode("ascii"))
    sealed = jwe.JWE()
    plaintexts = {}
    for field, value in answer["data"].items():
        sealed.deserialize(value, key=block_key)
        plaintexts[field] = sealed.payload.decode("ascii")
    return plaintexts


def repeat(job, barrier, results):
    """Opens answers for the job's seconds, at least one, once all processes are ready."""
    try:
        kept = import_key(job) if job["importOnce"] else None
        open_answer(job, kept)
        barrier.wait()
        start, cpu, done = time.perf_counter(), time.process_time(), 0
        wall = 0
        while done == 0 or wall < job["seconds"]:
            open_answer(job, kept)
            done += 1
            wall = time.perf_counter() - start
        results.put((done / wall, time.process_time() - cpu, wall))
    except Exception:
        barrier.abort()
        results.put(None)


def run(job):
    fork = multiprocessing.get_context("fork")
    barrier, results = fork.Barrier(job["threads"]), fork.SimpleQueue()
    workers = [fork.Process(target=repeat, args=(job, barrier, results), daemon=True) for _ in range(job["threads"])]
    for worker in workers:
        worker.start()
    told = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    if None in told:
        sys.exit(1)
    rates, cpu, wall = zip(*told)
    return {"per_s": sum(rates), "cpu_s": sum(cpu), "wall_s": sum(wall)}


versions = {name: importlib.metadata.version(name) for name in ("jwcrypto", "cryptography")}
versions["python"] = platform.python_version()
for line in sys.stdin:
    print(json.dumps({"versions": versions, **run(json.loads(line))}), flush=True)
