// The vendor's own client (npm @wecom/aibot-node-sdk) as a bot: it answers what it hears and says on stdout what it did.
// node aibot_peer.cjs ws://... botId secret

const { WSClient } = require("@wecom/aibot-node-sdk");

const [wsUrl, botId, secret] = process.argv.slice(2);
const say = (what, detail = {}) => process.stdout.write(`${JSON.stringify({ what, ...detail })}\n`);
const quiet = { debug() {}, info() {}, warn() {}, error: (...words) => process.stderr.write(`${words.join(" ")}\n`) };
const client = new WSClient({ botId, secret, wsUrl, logger: quiet });
let cards = 0;
const card = (task) => ({
  card_type: "button_interaction",
  main_title: { title: "周报 W-2026-47-005", desc: "林晓燕" },
  button_list: [{ text: "收到", style: 1, key: "ok" }],
  task_id: task,
});

client.on("authenticated", () => say("authenticated"));
client.on("error", (error) => say("error", { message: String(error) }));
client.on("event.disconnected_event", () => say("disconnected_event"));
client.on("event.enter_chat", async (frame) => {
  await client.replyWelcome(frame, { msgtype: "text", text: { content: "你好" } });
  say("welcomed");
});
client.on("message.text", async (frame) => {
  const { body } = frame;
  await client.replyStream(frame, "s1", "正在看", false);
  await client.replyStream(frame, "s1", `听见了 ${body.quote?.text?.content ?? body.text.content}`, true);
  await client.sendMessage(body.chatid ?? body.from.userid, { msgtype: "template_card", template_card: card(`node-${(cards += 1)}`) });
  say("answered", { quote: body.quote ?? null });
});
client.on("message.image", async (frame) => {
  const { buffer } = await client.downloadFile(frame.body.image.url, frame.body.image.aeskey);
  const { media_id } = await client.uploadMedia(Buffer.concat([buffer, Buffer.alloc(600_000)]), { type: "image", filename: "榜单.png" });
  await client.sendMediaMessage(frame.body.from.userid, "image", media_id);
  say("returned", { bytes: buffer.length });
});
client.on("event.template_card_event", async (frame) => {
  await client.updateTemplateCard(frame, { ...card(frame.body.event.template_card_event.task_id), replace_text: "已收到" });
  say("updated");
});
client.connect();
