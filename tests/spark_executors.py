"""A Spark cluster of two executors on this machine, one of which is killed in each of five passes. For test_spark.py.

An executor is a process of its own, with the shards that it read; what it had, the other one reads again.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import numpy as np
import pyspark
from pyspark.sql import SparkSession

from blocs.engines.spark import Spark
from cluster_support import county_of, placed_and_expected, same_sums

PASSES = 5


def executors() -> list[int]:
    """Return the processes that are executors of this one's cluster."""
    listed = subprocess.run(["ps", "-wweo", "pid,args"], capture_output=True, text=True, check=True).stdout.splitlines()
    url = str(SparkSession.active().sparkContext.getConf().get("spark.driver.port"))
    return [int(line.split()[0]) for line in listed if "CoarseGrainedExecutorBackend" in line and f":{url}" in line]


def main() -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    path = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path)
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").config("spark.ui.enabled", "false")
    session = builder.config("spark.deploy.maxExecutorRetries", "-1").getOrCreate()
    engine, rng, right = Spark(session), np.random.default_rng(1), 0
    try:
        task, placed, expected = placed_and_expected(engine, county_of(Path(sys.argv[1])))
        for turn in range(PASSES):
            pid = int(rng.choice(executors()))
            kill = Timer(rng.uniform(0, 0.5), os.kill, (pid, signal.SIGKILL))
            kill.start()
            right += same_sums(engine.sum(task, placed), expected)
            kill.join()
            print(f"{right} of {turn + 1} passes changed no bit", flush=True)
    finally:
        session.stop()
        shutil.rmtree(Path(pyspark.__file__).parent / "work", ignore_errors=True)  # where executors write what they do


if __name__ == "__main__":
    main()
