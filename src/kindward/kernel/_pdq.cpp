// The seam between Python and the PDQ kernel: unpack an array, drop the interpreter's lock, call C.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "kindward_pdq.h"

namespace nb = nanobind;

using pixels = nb::ndarray<const uint8_t, nb::device::cpu>;
using matrix = nb::ndarray<double, nb::c_contig, nb::device::cpu>;

// The Python side has checked type, shape and strides; these are its words for the few things only C can see.
static void complain(kw_pdq_status status) {
  switch (status) {
    case KW_PDQ_OK: return;
    case KW_PDQ_NO_MEMORY: throw std::bad_alloc();
    case KW_PDQ_BAD_SIZE: throw nb::value_error("a side of the picture is 0 or above 65535 pixels");
    case KW_PDQ_BAD_SCALE:
      throw nb::value_error("the pixels are not the full size times 1/8 to 8/8, rounded up");
    case KW_PDQ_BAD_CHANNELS: throw nb::value_error("pixels must have 1 (luma) or 3 (RGB) channels");
    case KW_PDQ_BAD_MACHINE: throw nb::value_error("this processor or build lacks that machine path");
  }
}

static kw_picture picture_of(const pixels &array, uint32_t full_height, uint32_t full_width) {
  kw_picture picture;
  picture.pixels = array.data();
  picture.height = static_cast<uint32_t>(array.shape(0));
  picture.width = static_cast<uint32_t>(array.shape(1));
  picture.channels = array.ndim() == 3 ? static_cast<uint32_t>(array.shape(2)) : 1;
  picture.row_stride = static_cast<size_t>(array.stride(0));
  picture.full_height = full_height;
  picture.full_width = full_width;
  return picture;
}

static nb::tuple hash_views(const pixels &array, uint32_t full_height, uint32_t full_width, int machine, int views) {
  kw_picture picture = picture_of(array, full_height, full_width);
  kw_pdq out;
  kw_pdq_status status;
  {
    nb::gil_scoped_release unlocked;
    status = kw_pdq_hash(&picture, static_cast<kw_machine>(machine), views, &out);
  }
  complain(status);
  nb::list values;
  for (int k = 0; k < views; k++) values.append(nb::bytes(out.views[k], KW_PDQ_BYTES));
  return nb::make_tuple(nb::tuple(values), out.quality);
}

static int coefficients(const pixels &array, uint32_t full_height, uint32_t full_width, int machine, matrix into) {
  kw_picture picture = picture_of(array, full_height, full_width);
  kw_pdq out;
  kw_pdq_status status;
  {
    nb::gil_scoped_release unlocked;
    status = kw_pdq_hash(&picture, static_cast<kw_machine>(machine), 1, &out);
  }
  complain(status);
  if (into.size() != 256) throw nb::value_error("the result needs room for 16 by 16 numbers");
  for (int k = 0; k < 256; k++) into.data()[k] = out.coefficients[k];
  return out.quality;
}

static void luma64(const pixels &array, uint32_t full_height, uint32_t full_width, int machine, matrix into) {
  if (into.size() != 64 * 64) throw nb::value_error("the result needs room for 64 by 64 numbers");
  kw_picture picture = picture_of(array, full_height, full_width);
  kw_pdq_status status;
  {
    nb::gil_scoped_release unlocked;
    status = kw_pdq_luma64(&picture, static_cast<kw_machine>(machine), into.data());
  }
  complain(status);
}

NB_MODULE(_pdq, m) {
  // Objects that still live when the interpreter ends are no leak, and users should not read that they are.
  nb::set_leak_warnings(false);
  m.def("hash_views", &hash_views, nb::arg("pixels").noconvert(), nb::arg("full_height"), nb::arg("full_width"),
        nb::arg("machine"), nb::arg("views"));
  m.def("coefficients", &coefficients, nb::arg("pixels").noconvert(), nb::arg("full_height"), nb::arg("full_width"),
        nb::arg("machine"), nb::arg("into").noconvert());
  m.def("luma64", &luma64, nb::arg("pixels").noconvert(), nb::arg("full_height"), nb::arg("full_width"),
        nb::arg("machine"), nb::arg("into").noconvert());
  m.def("machine_available", [](int machine) { return kw_machine_available(machine) != 0; });
  m.def("machine_best", [] { return static_cast<int>(kw_machine_best()); });
  m.def("machine_name", [](int machine) { return kw_machine_name(machine); });
  m.attr("MACHINES") = static_cast<int>(KW_MACHINES);
}
