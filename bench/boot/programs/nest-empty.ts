import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

@Module({})
class Empty {}

await NestFactory.createApplicationContext(Empty, { logger: false });
process.stdout.write('ready\n');
