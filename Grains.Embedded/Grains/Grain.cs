using Microsoft.Extensions.DependencyInjection;
using Orleans.Engine;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Base class of grains. Its members belong to the grain's own turns and must not be used from other threads.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>Joins the grain to the activation that is constructing it.</summary>
    /// <exception cref="InvalidOperationException">The object is constructed outside of the engine.</exception>
    protected Grain()
        : this(Activation.Current ?? throw new InvalidOperationException("A grain is constructed by the engine only; ask IGrainFactory for it."))
    {
    }

    /// <summary>Joins the grain to a given context, so that a test can construct it without the engine.</summary>
    /// <param name="grainContext">The context that the grain acts in.</param>
    protected Grain(IGrainContext grainContext) => GrainContext = grainContext;

    /// <inheritdoc />
    public IGrainContext GrainContext { get; }

    /// <summary>Gives references to other grains.</summary>
    protected IGrainFactory GrainFactory => ServiceProvider.GetRequiredService<IGrainFactory>();

    /// <summary>The services of this activation: a scope that ends with it.</summary>
    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    /// <summary>Ends this activation as soon as no call runs in it. The next call makes a new one.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <inheritdoc />
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
}
