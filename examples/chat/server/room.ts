/** The one room: who is in it, what was said last, and who is told what. */
import type { ServerSession } from '@heartwire/core';
import type { Chat, Said } from '../contract.ts';
import { Member } from './member.ts';

const HISTORY_LINES = 50;

export class Room {
  readonly #members = new Map<string, Member>();
  readonly #history: Said[] = [];
  #lastAt = 0;

  get online(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Lets a session in under a name that nobody else has, and out again when it ends. */
  enter(session: ServerSession<Chat>): Member {
    const name = this.#freeName(session.auth.name);
    const member = new Member(name, session, () => this.online);
    for (const other of this.#members.values()) other.tell('joined', { name });
    this.#members.set(name, member);
    member.tell('welcome', { name, online: this.online, history: [...this.#history] });
    void session.closed.then(() => this.#leave(member));
    return member;
  }

  /** Gives a line its time, which no other line has. */
  stamp(from: string, text: string): Said {
    this.#lastAt = Math.max(Date.now(), this.#lastAt + 0.001);
    return { from, text, at: this.#lastAt };
  }

  /** Tells a line to everybody but its author, who knows. */
  publish(said: Said, author: Member): void {
    if (this.#history.push(said) > HISTORY_LINES) this.#history.shift();
    for (const member of this.#members.values()) if (member !== author) member.tell('said', said);
  }

  #leave(member: Member): void {
    this.#members.delete(member.name);
    for (const other of this.#members.values()) other.tell('left', { name: member.name });
  }

  #freeName(wanted: string): string {
    if (!this.#members.has(wanted)) return wanted;
    for (let number = 2; ; number += 1) if (!this.#members.has(`${wanted} ${number}`)) return `${wanted} ${number}`;
  }
}
