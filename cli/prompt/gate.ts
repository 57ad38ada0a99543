// SPDX-License-Identifier: Apache-2.0
/** Sits between the terminal and node:readline, and lets a line through only when the prompt is ready for it. So what
 *  is typed or pasted while a statement runs appears after its own prompt, and Ctrl-C is seen while nothing reads. */
import { EventEmitter } from "node:events";
import type { ReadStream } from "node:tty";

const CTRL_C = "\x03";
/** Pieces whose handling may take a while: a line, or a completion. */
const pieces = /^[^\r\t]*[\r\t]|^[^\r\t]+/;

/** The part of a stream that node:readline uses. */
export class Gate extends EventEmitter {
	readonly isTTY = true;
	readonly #terminal: ReadStream;
	#held = "";
	#shut = true;

	/** Emits "interrupt" for a Ctrl-C that is typed while the gate is shut. */
	constructor(terminal: ReadStream) {
		super();
		this.#terminal = terminal;
		terminal.setEncoding("utf8");
		terminal.on("data", (text: string) => this.#take(text));
		terminal.on("end", () => this.emit("end"));
		terminal.on("error", () => this.emit("end"));
	}

	#take(text: string): void {
		this.#held += text.replaceAll("\r\n", "\r").replaceAll("\n", "\r");
		const interrupted = this.#shut ? this.#held.lastIndexOf(CTRL_C) : -1;
		if (interrupted >= 0) {
			this.#held = this.#held.slice(interrupted + 1);
			this.emit("interrupt");
		}
		this.#flow();
	}

	/** Passes pieces on. The listener of a piece may shut the gate. */
	#flow(): void {
		while (!this.#shut && this.#held !== "") {
			const piece = pieces.exec(this.#held)![0];
			this.#held = this.#held.slice(piece.length);
			this.emit("data", Buffer.from(piece));
		}
	}

	shut(): void {
		this.#shut = true;
	}

	open(): void {
		this.#shut = false;
		this.#flow();
	}

	setRawMode(on: boolean): this {
		this.#terminal.setRawMode(on);
		return this;
	}

	resume(): this {
		this.#terminal.resume();
		return this;
	}

	/** node:readline pauses during a completion, when the gate is shut anyway. */
	pause(): this {
		return this;
	}

	end(): void {
		this.#terminal.pause();
	}
}
