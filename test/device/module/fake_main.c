// SPDX-License-Identifier: GPL-2.0
/*
 * countersink_fake: a simulated mlx5 card. Settings by name, at load or later, as in
 *   insmod countersink_fake.ko set=skip_every=7,skip_run=2
 *   echo fail_opcode=0x821,fail_count=1,fail_status=1 > /sys/module/countersink_fake/parameters/set
 * and `echo 1 > /sys/module/countersink_fake/parameters/unplug` takes the card away.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "fake.h"

struct fake fake = {
	.lock = __MUTEX_INITIALIZER(fake.lock),
	.umems = LIST_HEAD_INIT(fake.umems),
};

static struct fw_config config;
static struct fw_faults faults;
static bool has_config;
static struct task_struct *tracer;

static char *address = "0000:08:00.0";
module_param(address, charp, 0444);
MODULE_PARM_DESC(address, "name of the parent device, as of a PCI function");

/* --- settings --- */

static int fake_set_one(char *word)
{
	char *value = strchr(word, '=');
	s64 number;

	if (!value)
		return -EINVAL;
	*value++ = 0;
	if (kstrtos64(value, 0, &number))
		return -EINVAL;
	if (!fake.fw)
		return fw_set(&config, &faults, word, number) ? 0 : -ENOENT;
	return fw_set(NULL, &fake.fw->faults, word, number) ? 0 : -ENOENT;
}

static int fake_set(const char *text, const struct kernel_param *unused)
{
	char *words = kstrdup(text, GFP_KERNEL), *rest = words, *word;
	int said = words ? 0 : -ENOMEM;

	if (!has_config)
		fw_default_config(&config);
	has_config = true;
	mutex_lock(&fake.lock);
	while (!said && (word = strsep(&rest, ", \n")))
		if (*word)
			said = fake_set_one(word);
	mutex_unlock(&fake.lock);
	kfree(words);
	return said;
}

static const struct kernel_param_ops set_ops = {.set = fake_set};
module_param_cb(set, &set_ops, NULL, 0200);
MODULE_PARM_DESC(set, "NAME=VALUE,...: settings of the firmware model");

/* --- commands --- */

static void fake_wait(u32 latency_ns)
{
	if (latency_ns >= 10000)
		usleep_range(latency_ns / 1000, latency_ns / 1000 + 1);
	else if (latency_ns)
		ndelay(latency_ns);
}

int fake_command(u16 uid, int scope, u8 *in, size_t in_length, u8 *out, size_t out_length)
{
	u32 latency_ns;
	bool gone;
	int said;

	if (in_length >= 4)
		put16(in + 2, uid);
	mutex_lock(&fake.lock);
	said = fw_command(fake.fw, ktime_get_ns(), uid, scope, in, in_length, out, out_length);
	latency_ns = fake.fw->faults.latency_ns;
	gone = fake.fw->gone;
	mutex_unlock(&fake.lock);
	if (gone)
		fake_unplug_soon();
	fake_wait(latency_ns);
	return said == -EREMOTEIO ? 0 : said;
}

u16 fake_open(u32 caps)
{
	u16 uid;

	mutex_lock(&fake.lock);
	uid = fake.fw->gone ? 0 : fw_open(fake.fw, caps);
	mutex_unlock(&fake.lock);
	return uid;
}

void fake_close(u16 uid)
{
	mutex_lock(&fake.lock);
	fw_close(fake.fw, uid);
	mutex_unlock(&fake.lock);
}

/* --- the tracer writes on its own, into the memory that its key names --- */

static int fake_trace(void *unused)
{
	while (!kthread_should_stop()) {
		mutex_lock(&fake.lock);
		fw_trace_run(fake.fw, ktime_get_ns(), fake_umem_write, NULL);
		mutex_unlock(&fake.lock);
		usleep_range(500, 600);
	}
	return 0;
}

/* --- coming and going --- */

static void fake_unplug(struct work_struct *unused)
{
	mutex_lock(&fake.lock);
	fake.fw->gone = 1;
	mutex_unlock(&fake.lock);
	if (!xchg(&fake.plugged, false))
		return;
	fake_netdev_remove();
	fake_ctl_remove();
	fake_fwctl_remove();
}
static DECLARE_WORK(unplug_work, fake_unplug);

void fake_unplug_soon(void)
{
	schedule_work(&unplug_work);
}

static int fake_set_unplug(const char *text, const struct kernel_param *unused)
{
	bool wanted;

	if (kstrtobool(text, &wanted) || !wanted || !fake.fw)
		return -EINVAL;
	fake_unplug_soon();
	flush_work(&unplug_work);
	return 0;
}

static const struct kernel_param_ops unplug_ops = {.set = fake_set_unplug};
module_param_cb(unplug, &unplug_ops, NULL, 0200);
MODULE_PARM_DESC(unplug, "1: the card leaves the bus");

static int fake_add_parents(void)
{
	struct platform_device_info aux = {.name = "mlx5_core.ctl", .id = 0};

	fake.pci = platform_device_register_simple(address, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(fake.pci))
		return PTR_ERR(fake.pci);
	aux.parent = &fake.pci->dev;
	fake.aux = platform_device_register_full(&aux);
	if (!IS_ERR(fake.aux))
		return 0;
	platform_device_unregister(fake.pci);
	return PTR_ERR(fake.aux);
}

static void fake_remove_parents(void)
{
	platform_device_unregister(fake.aux);
	platform_device_unregister(fake.pci);
}

static int fake_add_nodes(void)
{
	int said = fake_fwctl_add();

	if (said)
		return said;
	said = fake_ctl_add();
	if (said)
		goto no_ctl;
	said = fake_netdev_add();
	if (said)
		goto no_netdev;
	tracer = kthread_run(fake_trace, NULL, "countersink_fake");
	if (!IS_ERR(tracer))
		return 0;
	said = PTR_ERR(tracer);
	fake_netdev_remove();
no_netdev:
	fake_ctl_remove();
no_ctl:
	fake_fwctl_remove();
	return said;
}

static int __init fake_init(void)
{
	struct fw *fw = kvzalloc(sizeof(*fw), GFP_KERNEL);
	int said;

	if (!fw)
		return -ENOMEM;
	if (!has_config)
		fw_default_config(&config);
	fw_init(fw, &config, ktime_get_ns());
	fw->faults = faults;
	fake.fw = fw;
	said = fake_add_parents();
	if (said)
		goto no_parents;
	fake.plugged = true;
	said = fake_add_nodes();
	if (said)
		goto no_nodes;
	fake_debugfs_add();
	return 0;
no_nodes:
	fake_remove_parents();
no_parents:
	fake.fw = NULL;
	kvfree(fw);
	return said;
}

static void __exit fake_exit(void)
{
	kthread_stop(tracer);
	fake_unplug_soon();
	flush_work(&unplug_work);
	fake_debugfs_remove();
	fake_remove_parents();
	kvfree(fake.fw);
}

module_init(fake_init);
module_exit(fake_exit);
MODULE_DESCRIPTION("A simulated mlx5 card for fwctl and mlx5ctl");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("FWCTL");
