// A Worker that does nothing but POST: `count` messages of the size of ours, `concurrency` at a time.
export default {
  async fetch(request) {
    const { url, count, concurrency } = await request.json();
    let next = 0;
    const loop = async () => {
      while (next < count) {
        const id = `cmp_aaaaaaaaaaaaaaaaaaaaaaaaaa-${next++}`;
        const message = {
          id,
          to: "+33640000000",
          channel: "sms",
          text: "Hi Person 1234, the sale starts tomorrow at nine.",
          campaign_id: "cmp_aaaaaaaaaaaaaaaaaaaaaaaaaa",
          sender_id: "snd_aaaaaaaaaaaaaaaaaaaaaaaaaa",
          callback_url: "/api/v1/receipts/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        };
        const response = await fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json", "idempotency-key": id },
          body: JSON.stringify(message),
        });
        await response.text();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, loop));
    return new Response("done");
  },
};
