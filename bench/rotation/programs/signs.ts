/** Signs what it is asked with its secret. */
import { createHmac } from 'node:crypto';
import { Inject, Injectable, Module, OnSecretRotated, runModule, Secret, type SecretValue } from '@pywatt/sdk';
import { Controller, Get, Params } from '@pywatt/sdk/http';

@Injectable()
class Signer {
  rotations = 0;

  @Secret('SIGNING_KEY') private readonly key!: SecretValue;

  @OnSecretRotated('SIGNING_KEY')
  onKey(): void {
    this.rotations += 1;
  }

  sign(text: string): string {
    return createHmac('sha256', this.key.reveal()).update(text).digest('hex');
  }
}

@Controller('/sign')
class SignController {
  constructor(@Inject(Signer) private readonly signer: Signer) {}

  @Get('/:text')
  sign(@Params({ name: 'text' }) text: string): { signature: string } {
    return { signature: this.signer.sign(text) };
  }
}

@Module({ id: process.env['PYWATT_MODULE_ID'] ?? 'signs', providers: [Signer], controllers: [SignController] })
class SignsModule {}

await runModule(SignsModule);
