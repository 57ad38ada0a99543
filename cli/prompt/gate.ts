// SPDX-License-Identifier: Apache-2.0
/** A gate between the terminal and node:readline, which lets a line through only when the prompt is ready for it. So
 *  text that is typed or pasted while a statement runs appears after its own prompt, and Ctrl-C is noticed although no
 *  line is being read. */
import { EventEmitter } from "node:events";
import type { ReadStream } from "node:tty";

const CTRL_C = "\x03";
/** Keys after which the gate shuts, since the answer may take a while: the end of a line, and Tab. */
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

	/** Gives pieces to readline one by one, since each may shut the gate. */
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

	/** Does nothing: node:readline pauses during a completion, and the gate is shut then anyway. */
	pause(): this {
		return this;
	}

	end(): void {
		this.#terminal.pause();
	}
}
