"""install.py PACKAGE CACHE TARGET [SETTING...]: places a conda package with rattler."""

import asyncio
import os
import sys

from rattler import RepoDataRecord, install
from rattler.config import Config


async def main(package, cache, target, *settings):
    record = await RepoDataRecord.from_package_archive(package)
    config = Config.from_toml("\n".join(settings)) if settings else None
    await install([record], target_prefix=target, cache_dir=cache, show_progress=False, config=config)


status = 0
try:
    asyncio.run(main(*sys.argv[1:]))
except Exception as error:
    print(f"error: {type(error).__name__}: {error}", file=sys.stderr)
    status = 1
sys.stdout.flush()
sys.stderr.flush()
# Threads of rattler's would meet an interpreter that is shutting down, and now and then that aborts.
os._exit(status)
