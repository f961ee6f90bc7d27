//! News about messages, many in one transaction.

use serde_json::Value;

use super::Statement;
use crate::sql;

/// Applies news `[{campaign_seq, ordinal, trigger, at_ms, reason}]`, at most one a message, by the
/// table `{trigger: {from: to}}`. A message whose outcome is not recorded yet counts as `sending`
/// and gets its row now. Harmless when repeated: a status that stays is not counted again.
#[must_use]
pub fn apply(news: &Value, moves: &Value) -> Vec<Statement> {
    vec![
        // Counters first: they look at the statuses as they are before.
        sql!(
            "WITH moved AS MATERIALIZED (
               SELECT n.value ->> 'campaign_seq' AS campaign_seq, m.status AS before,
                      ?2 ->> ('$.' || (n.value ->> 'trigger') || '.' || coalesce(m.status, 'sending'))
                        AS after
               FROM json_each(?1) n
               LEFT JOIN messages m ON m.campaign_seq = n.value ->> 'campaign_seq'
                                   AND m.ordinal = n.value ->> 'ordinal'),
             delta AS (
               SELECT campaign_seq,
                      sum((after IN ('sent', 'delivered')) -
                          coalesce(before IN ('sent', 'delivered'), 0)) AS sent,
                      sum((after = 'delivered') - coalesce(before = 'delivered', 0)) AS delivered,
                      sum((after = 'failed') - coalesce(before = 'failed', 0)) AS failed,
                      sum((after = 'unknown') - coalesce(before = 'unknown', 0)) AS unknown,
                      sum(0 - coalesce(before = 'skipped', 0)) AS skipped
               FROM moved WHERE after IS NOT NULL GROUP BY campaign_seq)
             UPDATE campaigns SET sent = campaigns.sent + delta.sent,
                                  delivered = campaigns.delivered + delta.delivered,
                                  failed = campaigns.failed + delta.failed,
                                  unknown = campaigns.unknown + delta.unknown,
                                  skipped = campaigns.skipped + delta.skipped
             FROM delta WHERE campaigns.seq = delta.campaign_seq",
            news,
            moves,
        ),
        sql!(
            "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, delivered_ms, reason)
             SELECT campaign_seq, ordinal, after, at_ms, CASE after WHEN 'delivered' THEN at_ms END,
                    reason
             FROM (
               SELECT n.value ->> 'campaign_seq' AS campaign_seq, n.value ->> 'ordinal' AS ordinal,
                      n.value ->> 'at_ms' AS at_ms, n.value ->> 'reason' AS reason,
                      ?2 ->> ('$.' || (n.value ->> 'trigger') || '.' || coalesce(m.status, 'sending'))
                        AS after
               FROM json_each(?1) n
               LEFT JOIN messages m ON m.campaign_seq = n.value ->> 'campaign_seq'
                                   AND m.ordinal = n.value ->> 'ordinal')
             WHERE after IS NOT NULL
             ON CONFLICT (campaign_seq, ordinal) DO UPDATE SET
               status = excluded.status,
               delivered_ms = coalesce(excluded.delivered_ms, delivered_ms),
               reason = excluded.reason",
            news,
            moves,
        ),
    ]
}
