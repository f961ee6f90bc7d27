import type { Channel } from "../api/types";

/** How channels are called on screen. */
export const CHANNELS: Record<Channel, string> = {
  sms: "SMS",
  whatsapp: "WhatsApp",
  email: "Email",
  direct: "Direct message",
};
