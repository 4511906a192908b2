using System.Globalization;

namespace Headgate.Portal;

/// <summary>Bandwidth limits as screens say them.</summary>
public static class BandwidthText
{
    private const double BitsInMegabit = 1e6;

    /// <summary>Such as <c>125 MB/s each way (1 Gbit/s)</c>: networks are sold in bits.</summary>
    public static string EachWay(long? bytesPerSecond)
    {
        if (bytesPerSecond is not { } rate)
        {
            return "no limit";
        }

        var megabits = rate * 8 / BitsInMegabit;
        var bits = megabits >= 1000
            ? string.Create(CultureInfo.InvariantCulture, $"{megabits / 1000:0.##} Gbit/s")
            : string.Create(CultureInfo.InvariantCulture, $"{megabits:0.##} Mbit/s");
        return $"{TenantBandwidth.Format(rate)} each way ({bits})";
    }
}
