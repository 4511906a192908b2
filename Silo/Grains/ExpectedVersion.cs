using Headgate.Grains;

namespace Headgate.Silo.Grains;

/// <summary>
/// Lets any call be made on the condition that its grain is at a version. The caller sets it before the call; it is compared in the callee's turn, so nobody gets in
/// between, and holds for the grain that is called and not for those that it calls.
/// </summary>
internal sealed class ExpectedVersion : IIncomingGrainCallFilter
{
    private const string Key = "headgate.expected-version";

    /// <summary>The calls made from here on expect <paramref name="version"/>.</summary>
    public static void Set(long version) => RequestContext.Set(Key, version);

    /// <exception cref="RefusedException">The grain is at another version, which is in it.</exception>
    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (RequestContext.Get(Key) is long expected)
        {
            RequestContext.Remove(Key);
            if (context.Grain is IVersioned { Standing: { } standing })
            {
                Require.Version(standing.Noun, expected, standing.Version);
            }
        }
        return context.Invoke();
    }
}
