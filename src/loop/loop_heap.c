/* SPDX-License-Identifier: ISC */
/*
 * A pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986).  prev is the left
 * sibling, or the parent of a first child, or NULL at the root.
 */
#include "loop/loop_impl.h"

static bool
is_before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->at_ms < b->at_ms ||
	    (a->at_ms == b->at_ms && a->order < b->order);
}

/* Two roots become one; either may be NULL. */
static struct loop_timer *
meld(struct loop_timer *a, struct loop_timer *b)
{
	struct loop_timer	*top;
	struct loop_timer	*under;

	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	top = is_before(a, b) ? a : b;
	under = top == a ? b : a;
	under->prev = top;
	under->next = top->child;
	if (top->child != NULL)
		top->child->prev = under;
	top->child = under;
	top->next = NULL;
	top->prev = NULL;
	return top;
}

/* The children of a root that is gone become one heap: pairs from the left,
 * then all pairs from the right. */
static struct loop_timer *
meld_children(struct loop_timer *child)
{
	struct loop_timer	*pairs = NULL;
	struct loop_timer	*root = NULL;
	struct loop_timer	*a;
	struct loop_timer	*b;

	while ((a = child) != NULL) {
		b = a->next;
		child = b != NULL ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b != NULL)
			b->next = b->prev = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while ((a = pairs) != NULL) {
		pairs = a->next;
		a->next = NULL;
		root = meld(root, a);
	}
	return root;
}

void
loop_heap_add(struct loop_heap *heap, struct loop_timer *timer)
{
	timer->child = timer->next = timer->prev = NULL;
	heap->root = meld(heap->root, timer);
}

void
loop_heap_remove(struct loop_heap *heap, struct loop_timer *timer)
{
	struct loop_timer	*rest = meld_children(timer->child);

	if (timer->prev == NULL)
		heap->root = rest;
	else {
		if (timer->prev->child == timer)
			timer->prev->child = timer->next;
		else
			timer->prev->next = timer->next;
		if (timer->next != NULL)
			timer->next->prev = timer->prev;
		heap->root = meld(heap->root, rest);
	}
	timer->child = timer->next = timer->prev = NULL;
}
