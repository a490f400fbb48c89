import { api } from "./client";

export interface Preferences {
  receipts: boolean;
  offers: boolean;
}

export function savePreferences(userId: number, preferences: Preferences): Promise<Preferences> {
  return api.put<Preferences>(`/api/preferences/${userId}`, preferences);
}
