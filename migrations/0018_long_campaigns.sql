-- What took longer than an hour, by its end: what a report of a period looks for among all that ended after it. The
-- hour is LONG_MS of worker/src/store/period.rs. Whatever took less has no row here.
CREATE INDEX campaigns_long ON campaigns (team_id, kind, ended_ms DESC, seq DESC, started_ms)
  WHERE ended_ms - started_ms > 3600000;
