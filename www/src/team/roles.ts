/** What people and keys may do, in words. */

import type { Role } from "../api/team";

export const ROLES: { role: Role; text: string; may: string }[] = [
  { role: "viewer", text: "Viewer", may: "reads everything, changes nothing" },
  { role: "operator", text: "Operator", may: "acts on campaigns and people too" },
  { role: "administrator", text: "Administrator", may: "sets up senders, members and the team too" },
];

export const roleText = (role: Role): string => ROLES.find((known) => known.role === role)?.text ?? role;
