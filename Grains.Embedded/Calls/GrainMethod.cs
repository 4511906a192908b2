using System.Reflection;
using Orleans.Concurrency;
using Orleans.Engine;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Calls;

/// <summary>What is known once about a method of a grain interface.</summary>
internal abstract class GrainMethod
{
    internal static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    private readonly bool[] _copied;

    protected GrainMethod(Type @interface, MethodInfo method)
    {
        (Interface, Method, Invoker) = (@interface, method, MethodInvoker.Create(method));
        var parameters = method.GetParameters();
        TokenIndex = Array.FindIndex(parameters, static parameter => parameter.ParameterType == typeof(CancellationToken));
        _copied = [.. parameters.Select(static p => !p.IsDefined(typeof(ImmutableAttribute)) && !Copier.IsImmutable(p.ParameterType))];
        Timeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout ?? DefaultTimeout;
        AlwaysInterleaves = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        IsReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
    }

    internal Type Interface { get; }

    internal MethodInfo Method { get; }

    internal TimeSpan Timeout { get; }

    internal int TokenIndex { get; }

    protected MethodInvoker Invoker { get; }

    protected bool AlwaysInterleaves { get; }

    protected bool IsReadOnly { get; }

    internal static GrainMethod Create(Type @interface, MethodInfo method)
    {
        var result = method.ReturnType.IsGenericType ? method.ReturnType.GenericTypeArguments[0] : typeof(Nothing);
        return (GrainMethod)Activator.CreateInstance(typeof(GrainMethod<>).MakeGenericType(result), @interface, method)!;
    }

    /// <summary>Sends a call; returns what the interface's method returns.</summary>
    internal abstract object Send(GrainProxy proxy, object?[] arguments);

    protected void Copy(object?[] arguments)
    {
        CopyScope? scope = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (_copied[i] && arguments[i] is { } argument)
            {
                arguments[i] = (scope ??= new()).Copy(argument);
            }
        }
    }

    /// <summary>The result of methods that have none.</summary>
    private enum Nothing;
}

/// <inheritdoc />
internal sealed class GrainMethod<T>(Type @interface, MethodInfo method) : GrainMethod(@interface, method)
{
    private readonly bool _isValueTask = method.ReturnType == typeof(ValueTask);
    private readonly bool _isValueTaskOfT = method.ReturnType == typeof(ValueTask<T>);

    internal bool CopiesResult { get; } = !Copier.IsImmutable(typeof(T));

    internal override object Send(GrainProxy proxy, object?[] arguments)
    {
        var token = TokenIndex < 0 ? default : (CancellationToken)arguments[TokenIndex]!;
        var request = new CallRequest<T>(this, proxy, arguments)
        {
            Context = RequestContext.Current,
            Source = Activation.Current,
            Interleaves = AlwaysInterleaves,
            IsReadOnly = IsReadOnly,
        };
        if (token.IsCancellationRequested)
        {
            return Returned(Task.FromCanceled<T>(token));
        }

        Copy(arguments);
        if (token.CanBeCanceled)
        {
            request.Watch(token);
        }

        proxy.Class.Dispatch(proxy.Key, request);
        return Returned(request.Reply);
    }

    internal async ValueTask<object?> InvokeAsync(object grain, object?[] arguments)
    {
        switch (Invoker.Invoke(grain, arguments.AsSpan()))
        {
            case Task<T> task:
                return await task;
            case Task task:
                await task;
                return null;
            case ValueTask<T> task:
                return await task;
            case ValueTask task:
                await task;
                return null;
            default:
                throw new InvalidOperationException($"{Interface.Name}.{Method.Name} of {grain.GetType().Name} returned null instead of a task.");
        }
    }

    private object Returned(Task<T> reply) =>
        _isValueTaskOfT ? new ValueTask<T>(reply) : _isValueTask ? new ValueTask(reply) : reply;
}
