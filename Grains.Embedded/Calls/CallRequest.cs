using System.Reflection;
using Orleans.Engine;
using Orleans.Serialization;

namespace Orleans.Calls;

/// <summary>A call whose caller waits for a <typeparamref name="T"/>.</summary>
internal sealed class CallRequest<T>(GrainMethod<T> method, GrainProxy proxy, object?[] arguments) : Request
{
    // Asynchronously: code of the caller never runs inside the callee's turn.
    private readonly TaskCompletionSource<T> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _deadline = proxy.Engine.Deadline(method.Timeout);

    // Unregistered, not disposed: that would wait for a cancellation that itself waits for the activation's lock.
    private CancellationTokenRegistration _registration;
    private CancellationTokenSource? _calleeCancellation;

    internal Task<T> Reply => _reply.Task;

    internal override bool IsDone => _reply.Task.IsCompleted;

    protected override object?[] Arguments => arguments;

    /// <summary>
    /// The callee gets a token of its own: the caller is released at once, and the callee hears of it in a turn of its activation.
    /// </summary>
    internal void Watch(CancellationToken token)
    {
        _calleeCancellation = new();
        arguments[method.TokenIndex] = _calleeCancellation.Token;
        _registration = token.UnsafeRegister(static (request, token) => ((CallRequest<T>)request!).Cancel(token), this);
    }

    internal override ValueTask<object?> InvokeAsync(object grain) => method.InvokeAsync(grain, arguments);

    internal override void SetResult(object? result)
    {
        _registration.Unregister();
        _reply.TrySetResult(result is null ? default! : (T)(method.CopiesResult ? new CopyScope().Copy(result) : result)!);
    }

    internal override void SetException(Exception exception)
    {
        _registration.Unregister();
        _reply.TrySetException(exception);
    }

    internal override bool Expire(long now, string state)
    {
        var expired = now >= _deadline && _reply.TrySetException(new TimeoutException(
            $"{GetInterfaceName()}.{GetMethodName()} of {proxy.GrainId} did not answer within {method.Timeout}. {state}"));
        if (expired)
        {
            _registration.Unregister();
        }

        return expired;
    }

    public override MethodInfo GetMethod() => method.Method;

    public override Type GetInterfaceType() => method.Interface;

    private void Cancel(CancellationToken token)
    {
        if (_reply.TrySetCanceled(token))
        {
            Target?.Cancel(_calleeCancellation!);
        }
    }
}
