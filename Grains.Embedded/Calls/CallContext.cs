using System.Reflection;
using Orleans.Engine;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Calls;

/// <summary>Leads one call through the registered filters, then the grain's own, to the grain.</summary>
internal sealed class CallContext(Activation target, Request request, IIncomingGrainCallFilter[] filters) : IIncomingGrainCallContext
{
    private int _stage;

    public IInvokable Request => request;

    public object Grain => target.GrainInstance!;

    public GrainId? SourceId => request.Source?.GrainId;

    public GrainId TargetId => target.GrainId;

    public IGrainContext TargetContext => target;

    public string InterfaceName => request.GetInterfaceName();

    public string MethodName => request.GetMethodName();

    public MethodInfo InterfaceMethod => request.GetMethod();

    public MethodInfo ImplementationMethod => target.Class.Implementation(request);

    public object? Result { get; set; }

    public async Task Invoke()
    {
        var stage = _stage++;
        try
        {
            if (stage < filters.Length)
            {
                await filters[stage].Invoke(this);
            }
            else if (stage == filters.Length && Grain is IIncomingGrainCallFilter own)
            {
                await own.Invoke(this);
            }
            else
            {
                Result = await request.InvokeAsync(Grain);
            }
        }
        finally
        {
            // A filter may go on a second time, to retry.
            _stage = stage;
        }
    }
}
