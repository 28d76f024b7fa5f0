/** What every page does, whoever looks at it. */

import { leaveNothingBehind } from "./sign_out.js";

leaveNothingBehind();
