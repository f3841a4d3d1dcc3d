import { Conversation } from './conversation.ts';
import { JoinForm } from './join-form.ts';
import { capitalize } from './own-message.ts';

const entrance = new JoinForm((name) => conversation.join(name));
const conversation = new Conversation((problem) => entrance.show(problem === '' ? '' : `${capitalize(problem)}.`));
