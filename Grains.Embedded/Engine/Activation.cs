using Orleans.Runtime;

namespace Orleans.Engine;

internal sealed class Activation : IGrainContext
{
    internal static IGrainContext? Current => null;
    public GrainId GrainId => default;
    public object? GrainInstance => null;
    public IServiceProvider ActivationServices => throw new NotSupportedException();
    public Task Deactivated => Task.CompletedTask;
    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);
    internal static Activation Owner(IGrainBase grain) => (Activation)grain.GrainContext;
    internal IGrainTimer AddTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) => throw new NotSupportedException();
}
