import { startPage } from "../start-page.tsx";
import { Room } from "./room.tsx";

void startPage((connection) => <Room connection={connection} />);
