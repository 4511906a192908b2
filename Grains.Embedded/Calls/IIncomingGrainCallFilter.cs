namespace Orleans;

/// <summary>Stands around every call and every timer tick, inside the grain's turn. Registered ones run in order; a grain class that implements it comes last.</summary>
public interface IIncomingGrainCallFilter
{
    /// <summary>Runs instead of the call; <see cref="IGrainCallContext.Invoke"/> goes on to it. What this throws reaches the caller.</summary>
    /// <param name="context">The call.</param>
    Task Invoke(IIncomingGrainCallContext context);
}
