// SPDX-License-Identifier: GPL-2.0
/* The card's network interface: it carries nothing, and its counters are functions of the time. */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/timekeeping.h>

#include "fake.h"

static struct net_device *netdev;
static char *interface = "eth2";
module_param(interface, charp, 0444);
MODULE_PARM_DESC(interface, "name of the card's network interface");

static netdev_tx_t fake_xmit(struct sk_buff *buffer, struct net_device *unused)
{
	dev_kfree_skb(buffer);
	return NETDEV_TX_OK;
}

/* A packet of 100 bytes in each microsecond of CLOCK_MONOTONIC, and one out for every two in. */
static void fake_stats(struct net_device *unused, struct rtnl_link_stats64 *stats)
{
	stats->rx_packets = div_u64(ktime_get_ns(), 1000);
	stats->rx_bytes = stats->rx_packets * 100;
	stats->tx_packets = stats->rx_packets / 2;
	stats->tx_bytes = stats->tx_packets * 100;
}

static const struct net_device_ops fake_netdev_ops = {
	.ndo_start_xmit = fake_xmit,
	.ndo_get_stats64 = fake_stats,
};

int fake_netdev_add(void)
{
	int said;

	netdev = alloc_etherdev(0);
	if (!netdev)
		return -ENOMEM;
	SET_NETDEV_DEV(netdev, &fake.pci->dev);
	netdev->netdev_ops = &fake_netdev_ops;
	strscpy(netdev->name, interface, sizeof(netdev->name));
	eth_hw_addr_random(netdev);
	said = register_netdev(netdev);
	if (said)
		free_netdev(netdev);
	return said;
}

void fake_netdev_remove(void)
{
	unregister_netdev(netdev);
	free_netdev(netdev);
}
