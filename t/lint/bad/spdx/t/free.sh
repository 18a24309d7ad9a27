#!/bin/sh
echo nor this
