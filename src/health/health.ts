/** The monitor watches itself. Plain data; every bound that is reached has its counter here. */

export interface InterfaceHealth {
	name: string;
	/** `deaf`: open, but frames are not delivered. */
	state: "up" | "down" | "deaf" | "ended";
	frames: number;
	kernelDrops: number;
	interfaceDrops: number;
	/** Seconds since the epoch of the last frame; 0 for none. */
	lastFrame: number;
}

export interface SensorHealth {
	/** Seconds since the epoch, by the box's clock. */
	time: number;
	/** Seconds since the epoch of the newest frame. */
	captureTime: number;
	frames: number;
	bytes: number;
	framesPerSecond: number;
	/** Frames delivered twice by the mirror; decoded once. */
	duplicates: number;
	/** Holes in TCP streams. */
	gaps: number;
	/** Frames cut by the snap length or the end of a file. */
	cut: number;
	/** Messages that a decoder refused. */
	rejected: number;
	flows: number;
	assets: number;
	points: number;
	/** Resident memory of the engine, bytes. */
	memory: number;
	interfaces: InterfaceHealth[];
	/** Bounds reached and the like, by fixed name. */
	counters: Record<string, number>;
}
