-- A journal as version 1 wrote it: its tables word for word, and rows of each kind.
CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
-- The names of the fields in point.extra, once for all points that have the same ones.
CREATE TABLE fieldset (
    id INTEGER PRIMARY KEY,
    names TEXT NOT NULL UNIQUE
);
-- Raw points in the order of their commit; seq never falls and is what a sink's cursor names.
CREATE TABLE point (
    seq INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL,
    time_us INTEGER NOT NULL,
    span_us INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    power REAL,
    energy_wh REAL,
    counter_wh REAL,
    counter_returned_wh REAL,
    device_temperature REAL,
    fieldset_id INTEGER,
    extra TEXT
);
CREATE INDEX point_device_time ON point (device_id, time_us);
-- The load profile: quarter = seconds since 1970 // 900, the interval (start, start + 900 s].
CREATE TABLE interval (
    device_id INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    energy_wh REAL NOT NULL,
    returned_wh REAL NOT NULL,
    estimated_wh REAL NOT NULL,
    power_min_w REAL,
    power_max_w REAL,
    power_sum_w REAL NOT NULL,
    power_count INTEGER NOT NULL,
    good_polls INTEGER NOT NULL,
    failed_polls INTEGER NOT NULL,
    interval_us INTEGER NOT NULL,
    PRIMARY KEY (device_id, quarter)
) WITHOUT ROWID;
-- The energy meter of each device, as of its newest good point.
CREATE TABLE checkpoint (
    device_id INTEGER PRIMARY KEY,
    time_us INTEGER NOT NULL,
    power_w REAL,
    counter_wh REAL,
    counter_returned_wh REAL,
    uptime_s REAL,
    phases TEXT NOT NULL
);
CREATE TABLE cursor (
    sink TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) WITHOUT ROWID;
-- Points that a sink refused for good, kept with the reason.
CREATE TABLE rejected (
    sink TEXT NOT NULL,
    seq INTEGER NOT NULL,
    device TEXT NOT NULL,
    time_us INTEGER NOT NULL,
    fields TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (sink, seq)
) WITHOUT ROWID;
-- The report ledger; done = 0 between the entry and the append's success.
CREATE TABLE report (
    device_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    text TEXT NOT NULL,
    file_offset INTEGER NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (device_id, kind, end_us)
) WITHOUT ROWID;
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO device VALUES (1, 'Fridge'), (2, 'Heat pump');
INSERT INTO fieldset VALUES (1, '["power_a", "voltage_c"]');
INSERT INTO point VALUES
    (7, 1, 1767225610000000, 10000000, 7, 90.0, 0.25, 335.5, NULL, 31.88, NULL, NULL),
    (8, 2, 1767225610000001, 10000000, 1, -300.5, -0.8, 10.0, 20.0, NULL, 1, '[-100.5,230.1]'),
    (9, 1, 1767225620000000, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO interval VALUES
    (1, 1963583, 1.75, 0.0, 0.5, 80.0, 100.0, 270.0, 3, 3, 0, 10000000),
    (1, 1963584, 0.25, 0.0, 0.0, 90.0, 90.0, 90.0, 1, 1, 1, 10000000),
    (2, 1963584, 0.0, 0.8, 0.0, -300.5, -300.5, -300.5, 1, 1, 0, 10000000);
INSERT INTO checkpoint VALUES
    (1, 1767225610000000, 90.0, 335.5, NULL, 1000.0, '{}'),
    (2, 1767225610000001, -300.5, 10.0, 20.0, NULL, '{"a": [1.0, 2.0]}');
INSERT INTO cursor VALUES ('influx', 8);
INSERT INTO rejected VALUES
    ('influx', 8, 'Heat pump', 1767225610000001, '{"power": -300.5}', 'field type conflict');
INSERT INTO report VALUES
    (1, 'day', 1767139200000000, 1767225600000000, 'Fridge_day.txt', '| line |', 17, 1);
INSERT INTO meta VALUES ('heartbeat_us', 0), ('pid', 1);
PRAGMA user_version = 1;
