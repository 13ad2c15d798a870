"""One work by one peer: `peers.py PEER WORK FOLDER [OUT]`; `benches/run` starts it and measures it from outside.

Every query is written as someone who knows the peer would: of the ways tried, the one with the least CPU time.
The result goes to standard output as lines of two values. What Python and the import took goes to standard error,
so that it is not held against the peer.
"""

import glob
import os
import resource
import sys

COLUMNS = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status".split()
SMALL, LARGE = ["version", "srcport", "dstport", "protocol"], ["packets", "bytes", "start", "end"]

TALKERS = "SELECT srcaddr, sum(bytes) AS total FROM {flows} WHERE srcaddr IS NOT NULL GROUP BY srcaddr ORDER BY total DESC LIMIT 10"
SERIES = "SELECT start - start % 60 AS minute, sum(bytes) AS total FROM {flows} GROUP BY minute ORDER BY minute"
REJECTS = "SELECT dstport, count(*) AS n FROM {flows} WHERE action = 'REJECT' GROUP BY dstport ORDER BY n DESC LIMIT 20"
CONVERT = """SELECT 'aws' AS provider, 'aws_vpc' AS source_kind, version AS source_version, "account-id" AS account_id, "interface-id" AS if_id,
    srcaddr AS src_ip, dstaddr AS dst_ip, srcport AS src_port, dstport AS dst_port, protocol AS ip_proto, packets, bytes,
    {start} AS time_start, {end} AS time_end,
    CASE action WHEN 'ACCEPT' THEN 'allowed' WHEN 'REJECT' THEN 'denied' ELSE 'unknown' END AS verdict
    FROM {flows} WHERE "log-status" = 'OK'"""


def files(folder):
    """The AWS objects of a folder."""
    return sorted(glob.glob(f"{folder}/**/*.log.gz", recursive=True))


def types(small, large, text):
    """The columns of an AWS record with the types of a peer."""
    return {name: small if name in SMALL else large if name in LARGE else text for name in COLUMNS}


def ready():
    """The work begins: says what has been spent so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print("ready", usage.ru_utime + usage.ru_stime, file=sys.stderr, flush=True)


def duckdb(work, folder, out):
    import duckdb

    session = duckdb.connect(config={"threads": 2})
    # Otherwise it keeps the order of the input, which costs memory and nobody asks for.
    session.execute("SET preserve_insertion_order = false")
    ready()
    columns = types("USMALLINT", "BIGINT", "VARCHAR")
    aws = f"""read_csv({files(folder)}, delim = ' ', header = true, quote = '', escape = '', nullstr = '-', compression = 'gzip',
        auto_detect = false, columns = {columns})"""
    # With every type given there is nothing to detect, but it reads up to 32 files for that unless told not to.
    known = "" if work.endswith("_detecting") else "auto_detect = false, records = 'true',"
    tuples = "STRUCT(flowRecords STRUCT(flows STRUCT(flowGroups STRUCT(flowTuples VARCHAR[])[])[]))[]"
    azure = f"""(SELECT t[2] AS srcaddr, t[11]::BIGINT AS bytes FROM (SELECT string_split(unnest(flow_group.flowTuples), ',') AS t
        FROM (SELECT unnest(flow.flowGroups) AS flow_group FROM (SELECT unnest(record.flowRecords.flows) AS flow
        FROM (SELECT unnest(records) AS record FROM read_json('{folder}/**/*.json', format = 'unstructured', {known}
        maximum_object_size = 67108864, columns = {{records: '{tuples}'}}))))))"""
    gcp = f"""(SELECT jsonPayload.connection.src_ip AS srcaddr, jsonPayload.bytes_sent AS bytes
        FROM read_json('{folder}/**/*.json', format = 'newline_delimited', {known}
        columns = {{jsonPayload: 'STRUCT(bytes_sent BIGINT, connection STRUCT(src_ip VARCHAR))'}}))"""
    select = CONVERT.format(flows=aws, start="make_timestamp(start * 1000000)", end='make_timestamp("end" * 1000000)')
    sql = {
        "talkers": TALKERS.format(flows=aws),
        "series": SERIES.format(flows=aws),
        "rejects": REJECTS.format(flows=aws),
        "convert": f"COPY ({select}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)",
        "azure": TALKERS.format(flows=azure),
        "gcp": TALKERS.format(flows=gcp),
        # No work: what a Parquet file holds, for the comparison.
        "check": f"SELECT count(*), sum(bytes) FROM '{folder}'",
    }[work.removesuffix("_detecting")]
    return session.execute(sql).fetchall()


def chdb(work, folder, out):
    import chdb

    session = chdb.connect(":memory:")
    session.query("SELECT 1")
    ready()
    # Lines split by hand cost a third less than its CSV reader, which also needs a setting to accept a space.
    parts = [f"p[{at}] AS {name}" for at, name in enumerate(map('"{}"'.format, COLUMNS), 1) if name.strip('"') not in SMALL + LARGE]
    parts += [f'toUInt16OrZero(p[{COLUMNS.index(name) + 1}]) AS "{name}"' for name in SMALL]
    parts += [f'toUInt64OrZero(p[{COLUMNS.index(name) + 1}]) AS "{name}"' for name in LARGE]
    which = "LIKE '% REJECT %'" if work == "rejects_searching" else "NOT LIKE 'version %'"
    lines = f"SELECT splitByChar(' ', line) AS p FROM file('{folder}/**/*.log.gz', 'LineAsString', 'line String') WHERE line {which}"
    flows = f"(SELECT {', '.join(parts)} FROM ({lines}))"
    select = CONVERT.format(flows=flows, start="toDateTime(start)", end='toDateTime("end")')
    sql = {
        "talkers": TALKERS.format(flows=flows),
        "series": SERIES.format(flows=flows),
        "rejects": REJECTS.format(flows=flows),
        "convert": f"INSERT INTO FUNCTION file('{out}', 'Parquet') {select}",
    }[work.removesuffix("_searching")]
    rows = session.query(f"{sql} SETTINGS max_threads = 2, output_format_parquet_compression_method = 'zstd'", "CSV").bytes().decode()
    return [row.replace('"', "").split(",") for row in rows.splitlines()]


def datafusion(work, folder, out):
    import datafusion
    import pyarrow

    session = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(2))
    ready()
    # Its CSV reader has no word for NULL, so what can be "-" is read as text and cast where it is needed.
    columns = types(pyarrow.string_view(), pyarrow.string_view(), pyarrow.string_view()) | {"start": pyarrow.int64(), "end": pyarrow.int64()}
    options = datafusion.CsvReadOptions(
        delimiter=" ", schema=pyarrow.schema(list(columns.items())), file_extension=".log.gz", file_compression_type="gzip"
    )
    session.register_csv("text", files(folder), options=options)
    numbers = dict.fromkeys(SMALL, "SMALLINT UNSIGNED") | dict.fromkeys(["packets", "bytes"], "BIGINT")
    cast = [f"CAST(nullif({name}, '-') AS {type}) AS {name}" for name, type in numbers.items()]
    rest = [f'"{name}"' for name in COLUMNS if name not in numbers]
    flows = f"(SELECT {', '.join(cast + rest)} FROM text)"
    sql = {
        "talkers": TALKERS.replace("IS NOT NULL", "<> '-'"),
        "series": SERIES,
        "rejects": REJECTS,
        "convert": CONVERT,
    }[work].format(flows=flows, start="to_timestamp_seconds(start)", end='to_timestamp_seconds("end")')
    if work == "convert":
        session.sql(sql).write_parquet(out, compression="zstd")
        return []
    return [tuple(row.values()) for row in session.sql(sql.replace("DESC", "DESC NULLS LAST")).to_pylist()]


def polars(work, folder, out):
    os.environ["POLARS_MAX_THREADS"] = "2"
    import polars

    ready()
    column, text = polars.col, polars.String
    schema = types(polars.UInt16, polars.Int64, text)
    flows = polars.scan_csv(files(folder), separator=" ", quote_char=None, null_values="-", schema=schema)
    if work == "convert":
        select = CONVERT.format(flows="flows", start="start", end='"end"')
        times = [polars.from_epoch(name, time_unit="s") for name in ("time_start", "time_end")]
        result = polars.SQLContext(flows=flows).execute(select).with_columns(times)
        result.sink_parquet(out, compression="zstd", maintain_order=False)
        return []
    total = column("bytes").sum()
    result = {
        "talkers": lambda: flows.filter(column("srcaddr").is_not_null()).group_by("srcaddr").agg(total).top_k(10, by="bytes"),
        "series": lambda: flows.group_by(column("start") // 60 * 60).agg(total).sort("start"),
        "rejects": lambda: flows.filter(column("action") == "REJECT").group_by("dstport").len("n").top_k(20, by="n"),
    }[work]()
    return result.collect(engine="streaming").rows()


def main():
    peer, work, folder = sys.argv[1:4]
    out = sys.argv[4] if len(sys.argv) > 4 else None
    for row in {"duckdb": duckdb, "chdb": chdb, "datafusion": datafusion, "polars": polars}[peer](work, folder, out):
        print(*row, sep=",")


main()
