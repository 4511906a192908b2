using Headgate.Grains;

namespace Headgate.Silo.Grains;

/// <summary>Counts refusals in the one place that every call passes.</summary>
internal sealed class RefusalCounter(GrainMetrics metrics) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (RefusedException refused)
        {
            metrics.Refused(context.InterfaceMethod.DeclaringType!.Name, refused.Reason.ToString());
            throw;
        }
    }
}
