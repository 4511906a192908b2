using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans;

/// <summary>One call on its way, as a filter sees it.</summary>
public interface IGrainCallContext
{
    /// <summary>The call's method and arguments.</summary>
    IInvokable Request { get; }

    /// <summary>The grain object.</summary>
    object Grain { get; }

    /// <summary>The calling grain; null when the caller is none.</summary>
    GrainId? SourceId { get; }

    /// <summary>The called grain.</summary>
    GrainId TargetId { get; }

    /// <summary>The interface's name, with its namespace.</summary>
    string InterfaceName { get; }

    /// <summary>The method's name.</summary>
    string MethodName { get; }

    /// <summary>The method in the interface.</summary>
    MethodInfo InterfaceMethod { get; }

    /// <summary>What the caller is answered; may be replaced after <see cref="Invoke"/>. Null for methods without a result.</summary>
    object? Result { get; set; }

    /// <summary>Goes on to the next filter, and after the last to the grain.</summary>
    Task Invoke();
}
