namespace Orleans.Engine;

/// <summary>
/// Runs turns one at a time, each on whichever pool thread. A turn is the start of something or the continuation of it after an await: awaits come
/// back here because turns run as tasks of this scheduler.
/// </summary>
internal abstract class TurnScheduler : TaskScheduler, IThreadPoolWorkItem
{
    // After so many turns a busy scheduler lets others have the thread.
    private const int TurnsPerSlice = 64;

    [ThreadStatic]
    private static TurnScheduler? t_current;

    private readonly Queue<Task> _continuations = new();
    private bool _isScheduled;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>The scheduler whose turn this thread runs.</summary>
    protected static TurnScheduler? Running => t_current;

    /// <summary>Guards the queues and what the derived class decides by.</summary>
    protected Lock Sync { get; } = new();

    /// <summary>What to start when nothing that has started can go on; null when there is nothing. Called under <see cref="Sync"/>.</summary>
    protected abstract (Action<object?> Turn, object State)? NextStart();

    /// <summary>Sees to it that <see cref="NextStart"/> is asked. Called under <see cref="Sync"/>.</summary>
    protected void Wake()
    {
        if (!_isScheduled)
        {
            _isScheduled = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        t_current = this;
        try
        {
            for (var turns = 0; turns < TurnsPerSlice; turns++)
            {
                Task? continuation;
                (Action<object?> Turn, object State)? start = null;
                lock (Sync)
                {
                    if (!_continuations.TryDequeue(out continuation) && (start = NextStart()) is null)
                    {
                        _isScheduled = false;
                        return;
                    }
                }

                if (continuation is not null)
                {
                    TryExecuteTask(continuation);
                }
                else
                {
                    new Task(start!.Value.Turn, start.Value.State).RunSynchronously(this);
                }
            }
        }
        finally
        {
            t_current = null;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    protected override void QueueTask(Task task)
    {
        lock (Sync)
        {
            _continuations.Enqueue(task);
            Wake();
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => t_current == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
