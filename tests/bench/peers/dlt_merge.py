"""The same rows with dlt, merged by their key into SQLite: python3 dlt_merge.py SOURCE_URL FOLDER.

Prints one JSON object. Needs `pip install "dlt[sqlalchemy]" pymysql`; the bench says so and goes on where they are missing.
"""

import json
import os
import resource
import sys
import time

import dlt
from dlt.sources.sql_database import sql_table


def main() -> None:
    source, folder = sys.argv[1], sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    url = source.replace("mysql://", "mysql+pymysql://").replace("sqlite:", "sqlite:///")
    table = sql_table(credentials=url, table="records", chunk_size=50_000)
    table.apply_hints(primary_key="id", write_disposition="merge")
    target = dlt.destinations.sqlalchemy(credentials=f"sqlite:///{folder}/dlt.db")
    pipeline = dlt.pipeline("daylight_bench", destination=target, dataset_name="main", pipelines_dir=f"{folder}/state")
    begun = time.monotonic()
    pipeline.run(table)
    seconds = time.monotonic() - begun
    with pipeline.sql_client() as client:
        rows = client.execute_sql("SELECT COUNT(*) FROM records")[0][0]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    print(
        json.dumps(
            {
                "records": rows,
                "seconds": round(seconds, 2),
                "per_second": round(rows / seconds),
                "cpu_s": round(cpu, 2),
                "peak_mb": usage.ru_maxrss // 1024,
                "version": dlt.__version__,
            }
        )
    )


if __name__ == "__main__":
    main()
