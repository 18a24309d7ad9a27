#!/bin/sh
cd $1
if [ "$x" == y ]; then :; fi
