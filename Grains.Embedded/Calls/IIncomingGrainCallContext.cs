using System.Reflection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>One call on the callee's side.</summary>
public interface IIncomingGrainCallContext : IGrainCallContext
{
    /// <summary>The activation that is called.</summary>
    IGrainContext TargetContext { get; }

    /// <summary>The method in the grain class.</summary>
    MethodInfo ImplementationMethod { get; }
}
