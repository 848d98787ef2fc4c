#!/bin/sh
set -e
ln -sf /usr/share/zoneinfo/Europe/Paris /etc/localtime
sed -i 's|^ZONE=.*|ZONE="Europe/Paris"|' /etc/sysconfig/clock
timedatectl set-timezone Europe/Paris || true
date
