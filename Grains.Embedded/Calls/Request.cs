using System.Reflection;
using Orleans.Engine;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>One call, or one tick of a timer, on its way to an activation and through it.</summary>
internal abstract class Request : IInvokable
{
    private Activation? _target;

    internal Dictionary<string, object>? Context { get; init; }

    /// <summary>The activation that calls; null when the caller is no grain.</summary>
    internal Activation? Source { get; init; }

    internal bool Interleaves { get; set; }

    internal bool IsReadOnly { get; init; }

    /// <summary>Whether the activation counts as used.</summary>
    internal bool KeepsAlive { get; init; } = true;

    internal long Arrival { get; set; }

    /// <summary>How many activations ended before they had served anything, this call included.</summary>
    internal int Forwards { get; set; }

    /// <summary>Whether the caller is no longer interested.</summary>
    internal abstract bool IsDone { get; }

    /// <summary>Set when the call starts. Together with <see cref="IsDone"/> it decides between a start and a cancellation that race.</summary>
    internal Activation? Target
    {
        get => Volatile.Read(ref _target);
        set => Interlocked.Exchange(ref _target, value);
    }

    protected abstract object?[] Arguments { get; }

    internal abstract ValueTask<object?> InvokeAsync(object grain);

    internal abstract void SetResult(object? result);

    internal abstract void SetException(Exception exception);

    internal virtual bool Expire(long now, string state) => false;

    public int GetArgumentCount() => Arguments.Length;

    public object? GetArgument(int index) => Arguments[index];

    public void SetArgument(int index, object value) => Arguments[index] = value;

    public string GetMethodName() => GetMethod().Name;

    public string GetInterfaceName() => GetInterfaceType().FullName!.Replace('+', '.');

    public abstract MethodInfo GetMethod();

    public abstract Type GetInterfaceType();
}
