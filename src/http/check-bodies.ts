import { type Class, describeKey, type Problem } from '../container/index.js';
import { type BodyDeclaration, bodyDeclarations, bodyType } from './body.js';
import { controllerPath } from './controller.js';

/**
 * What is wrong with the `controllers` of a module before anything runs: BAD_MODULE for a class without `@Controller`,
 * BODY_WITHOUT_CLASS for a body that nothing could be checked by.
 */
export function checkBodies(controllers: readonly Class[]): Problem[] {
  return controllers.flatMap((controller) => {
    if (controllerPath(controller) === undefined) return [notAController(controller)];
    return bodyDeclarations
      .of(controller)
      .filter((declaration) => declaration.validate !== false && bodyType(declaration) === undefined)
      .map((declaration) => bodyWithoutClass(controller, declaration));
  });
}

function notAController(target: Class): Problem {
  const where = describeKey(target);
  return {
    code: 'BAD_MODULE',
    where,
    message: `${where} is listed in controllers but has no @Controller; add it, or move the class to providers`,
  };
}

function bodyWithoutClass(controller: Class, { method }: BodyDeclaration): Problem {
  const where = `${describeKey(controller)}.${String(method)}`;
  const message = `the @Body() of ${where} has no class to check it by: write @Body(TheClass), or @Body({ validate: false }) to take the body as it comes`;
  return { code: 'BODY_WITHOUT_CLASS', where, message };
}
