using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Tells which grain a grain object or a reference stands for.</summary>
public static class GrainExtensions
{
    /// <summary>The identity of a grain, from the grain itself or from a reference to it.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <exception cref="ArgumentException"><paramref name="grain"/> is neither.</exception>
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        IGrainBase instance => instance.GrainContext.GrainId,
        GrainProxy proxy => proxy.GrainId,
        _ => throw new ArgumentException($"{grain?.GetType().FullName ?? "null"} is neither a grain nor a reference to one.", nameof(grain)),
    };

    /// <summary>The key that the grain was asked for by.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <exception cref="ArgumentException"><paramref name="grain"/> is neither.</exception>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();
}
